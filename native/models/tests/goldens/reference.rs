//! Logits and greedy tokens, however the steps are cut.

use conduit_backend::Model;
use conduit_backend_cpu::{CpuBackend, CpuOptions, Isa};
use conduit_models::{Architecture, ByteProgress, LoadOptions, WeightFiles, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;

fn goldens() -> Vec<Golden> {
    [Golden::all(), Golden::quantized(), Golden::gguf()].into_iter().flatten().collect()
}

fn runner(golden: &Golden, isa: Isa) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(CpuOptions { isa: Some(isa), ..CpuOptions::default() }).unwrap();
    golden.runner(backend, golden.architecture()).unwrap()
}

fn whole(runner: &mut Runner<CpuBackend>, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut sequence = runner.sequence();
    runner.logits(&mut [(&mut sequence, tokens)])
}

#[test]
fn logits_are_those_of_the_reference() {
    for golden in goldens() {
        for isa in Isa::available() {
            let logits = whole(&mut runner(&golden, isa), &golden.input_ids);
            let difference = golden.difference(&logits);
            println!("{} {}: {difference:.2e}", golden.name, isa.name());
            assert!(difference <= golden.tolerance(), "{} {}: {difference:.2e}", golden.name, isa.name());
        }
    }
}

/// The reference gives logits alone: the head, in f64, makes them of the hidden states.
#[test]
fn hidden_states_give_the_logits_of_the_reference() {
    // Heads that are in blocks are not read as numbers here.
    for golden in [Golden::all(), Golden::quantized()].into_iter().flatten() {
        let mut runner = runner(&golden, Isa::available()[0]);
        let mut sequence = runner.sequence();
        let (start, end) = golden.input_ids.split_at(7);
        let mut hidden = runner.hidden(&mut sequence, start);
        hidden.extend(runner.hidden(&mut sequence, end));
        let Architecture { vocab_size, hidden_size, tied_head, logit_soft_cap, .. } = golden.architecture();
        let head = if tied_head { "model.embed_tokens.weight" } else { "lm_head.weight" };
        let head = WeightFiles::open(&golden.folder).unwrap().tensor(head, &[vocab_size, hidden_size]);
        let head = head.unwrap().to_f32();
        let logit = |hidden: &[f32], weights: &[f32]| {
            let terms =
                hidden.iter().zip(weights).map(|(value, weight)| f64::from(*value) * f64::from(*weight));
            let logit = terms.sum::<f64>() as f32;
            logit_soft_cap.map_or(logit, |cap| cap * (logit / cap).tanh())
        };
        let logits: Vec<Vec<f32>> = hidden
            .iter()
            .map(|hidden| head.chunks_exact(hidden_size).map(|weights| logit(hidden, weights)).collect())
            .collect();
        let difference = golden.difference(&logits);
        assert!(difference <= golden.tolerance(), "{}: {difference:.2e}", golden.name);
    }
}

#[test]
fn greedy_tokens_are_those_of_the_reference_in_f32() {
    let goldens: Vec<_> = Golden::all().into_iter().filter(|golden| golden.is_f32).collect();
    assert!(!goldens.is_empty());
    for golden in goldens {
        for isa in Isa::available() {
            let prompts: Vec<_> =
                golden.greedy.iter().map(|greedy| &golden.input_ids[..greedy.prompt_length]).collect();
            let longest = golden.greedy.iter().map(|greedy| greedy.tokens.len()).max().unwrap();
            let continuations = runner(&golden, isa).greedy(&prompts, longest);
            for (greedy, tokens) in golden.greedy.iter().zip(continuations) {
                assert_eq!(tokens[..greedy.tokens.len()], greedy.tokens, "{} {}", golden.name, isa.name());
            }
        }
    }
}

#[test]
fn chunks_of_a_prompt_give_the_same_bits_as_the_whole() {
    for golden in goldens() {
        for isa in Isa::available() {
            let mut runner = runner(&golden, isa);
            let expected = whole(&mut runner, &golden.input_ids);
            for chunk in [1, 7, 16, 33] {
                let mut sequence = runner.sequence();
                let mut logits = Vec::new();
                for tokens in golden.input_ids.chunks(chunk) {
                    logits.extend(runner.logits(&mut [(&mut sequence, tokens)]));
                }
                assert!(logits == expected, "{} {}: chunks of {chunk}", golden.name, isa.name());
            }
        }
    }
}

#[test]
fn a_batch_gives_the_same_bits_as_each_sequence_alone() {
    for golden in goldens() {
        let mut runner = runner(&golden, Isa::available()[0]);
        let tokens = &golden.input_ids;
        let middle = tokens.len() / 2;
        let prompts = [&tokens[..], &tokens[..1], &tokens[middle..], &tokens[3..20]];
        let alone: Vec<_> = prompts.iter().map(|prompt| whole(&mut runner, prompt)).collect();

        // First all but the last token of each, then one token of each: prefill, then decode.
        let mut sequences: Vec<_> = prompts.iter().map(|_| runner.sequence()).collect();
        let start = |prompt: &[u32]| prompt.len().saturating_sub(1).max(1);
        let mut parts: Vec<_> = sequences
            .iter_mut()
            .zip(prompts)
            .map(|(sequence, prompt)| (sequence, &prompt[..start(prompt)]))
            .collect();
        let prefill = runner.logits(&mut parts);
        let expected = alone.iter().zip(prompts).flat_map(|(logits, prompt)| &logits[..start(prompt)]);
        assert!(prefill.iter().eq(expected), "{}: prefill", golden.name);

        let longer = sequences.iter_mut().zip(prompts).filter(|(_, prompt)| prompt.len() > 1);
        let mut parts: Vec<_> =
            longer.map(|(sequence, prompt)| (sequence, &prompt[prompt.len() - 1..])).collect();
        let decode = runner.logits(&mut parts);
        let expected = alone.iter().filter(|logits| logits.len() > 1).filter_map(|logits| logits.last());
        assert!(decode.iter().eq(expected), "{}: decode", golden.name);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    for golden in goldens() {
        let logits = |threads: usize| {
            let options = CpuOptions { threads: threads.try_into().ok(), isa: None };
            let backend = CpuBackend::new(options).unwrap();
            whole(&mut golden.runner(backend, golden.architecture()).unwrap(), &golden.input_ids)
        };
        assert!(logits(1) == logits(3), "{}", golden.name);
    }
}

#[test]
fn layers_with_different_windows_have_caches_of_their_own() {
    let golden = Golden::named("qwen2");
    let mut architecture = golden.architecture();
    // Longer than the input, so that the golden holds, but shorter than `max_model_len`, so that it makes a group.
    let window = Some(golden.input_ids.len());
    *architecture.windows.last_mut().unwrap() = window;
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let mut runner = golden.runner(backend, architecture).unwrap();
    let groups: Vec<_> = runner.kv_groups().iter().map(|group| group.window).collect();
    assert_eq!(groups, [None, window]);
    let difference = golden.difference(&whole(&mut runner, &golden.input_ids));
    assert!(difference <= golden.tolerance(), "{difference:.2e}");
}

#[test]
fn layers_whose_window_does_not_bite_share_the_cache_of_full_attention() {
    let golden = Golden::named("mistral-window");
    let window = golden.architecture().windows[0].unwrap();
    let kept = |max_model_len: usize| {
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let options = LoadOptions { max_model_len, quantization: None, kv_dtype: None };
        let progress = ByteProgress::default();
        let decoder = load(&backend, &golden.folder, options, &progress).unwrap();
        assert!(!progress.age().is_zero() && progress.under_way().is_none(), "{}", golden.name);
        decoder.kv_groups()[0].window
    };
    assert_eq!(kept(window), None);
    assert_eq!(kept(window + 1), Some(window));
}
