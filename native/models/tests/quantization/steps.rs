//! What holds of every model holds of one that is quantised.

use conduit_backend::{Backend, Bucket, Budget, EXTENT_BYTES, Model, Quantization};
use conduit_backend_cpu::{CpuBackend, CpuOptions, Isa};
use conduit_models::{ByteProgress, Decoder, LoadOptions, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;

fn decoder(golden: &Golden, backend: &CpuBackend, to: Quantization) -> Decoder<CpuBackend> {
    let max_model_len = golden.max_model_len.unwrap_or(4096);
    let options = LoadOptions { max_model_len, quantization: Some(to), kv_dtype: None };
    load(backend, &golden.folder, options, &ByteProgress::default()).unwrap()
}

fn runner(golden: &Golden, to: Quantization, options: CpuOptions) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(options).unwrap();
    let bucket = Bucket { max_tokens: 512, max_rows: 512 };
    let model = |backend: &CpuBackend| Ok::<_, conduit_models::ModelError>(decoder(golden, backend, to));
    Runner::new(backend, 16, bucket, model).unwrap()
}

fn whole(runner: &mut Runner<CpuBackend>, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut sequence = runner.sequence();
    runner.logits(&mut [(&mut sequence, tokens)])
}

/// Of the models in bf16 and f16 only: the weights of those in f32 are so large that every rounding comes out many times over.
#[test]
fn logits_are_near_those_of_the_reference_on_every_set() {
    let mut compared = 0;
    for golden in Golden::all().into_iter().filter(|golden| !golden.is_f32) {
        for (to, most) in [(Quantization::Int8, 0.05), (Quantization::Int4, 0.5)] {
            for isa in Isa::available() {
                let options = CpuOptions { isa: Some(isa), ..CpuOptions::default() };
                let logits = whole(&mut runner(&golden, to, options), &golden.input_ids);
                let difference = golden.difference(&logits);
                println!("{} {to} {isa}: {difference:.2e}", golden.name);
                assert!(difference <= most, "{} {to} {isa}: {difference:.2e}", golden.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "no model in 16 bits");
}

#[test]
fn chunks_batches_and_threads_do_not_change_a_bit() {
    for golden in Golden::all() {
        for to in Quantization::ALL {
            let threads = |threads: usize| CpuOptions { threads: threads.try_into().ok(), isa: None };
            let mut runner_of_one = runner(&golden, to, threads(1));
            let tokens = &golden.input_ids;
            let expected = whole(&mut runner_of_one, tokens);
            let mut runner = runner(&golden, to, threads(3));
            assert!(whole(&mut runner, tokens) == expected, "{} {to}: threads", golden.name);
            for chunk in [1, 7, 16] {
                let mut sequence = runner.sequence();
                let mut logits = Vec::new();
                for tokens in tokens.chunks(chunk) {
                    logits.extend(runner.logits(&mut [(&mut sequence, tokens)]));
                }
                assert!(logits == expected, "{} {to}: chunks of {chunk}", golden.name);
            }
            let (mut first, mut second) = (runner.sequence(), runner.sequence());
            let both = runner.logits(&mut [(&mut first, &tokens[5..20]), (&mut second, tokens)]);
            assert!(both[15..] == expected, "{} {to}: batch", golden.name);
        }
    }
}

#[test]
fn weights_take_the_bytes_that_their_shapes_say() {
    let golden = Golden::named("qwen3-bf16");
    let architecture = golden.architecture();
    let bytes = |rows: usize, columns: usize, group_bytes: usize| {
        (rows.next_multiple_of(16) * columns.div_ceil(32) * group_bytes) as u64
    };
    let (hidden, wide) = (architecture.hidden_size, architecture.intermediate_size);
    let (queries, keys) =
        (architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim);
    for (to, group_bytes) in [(Quantization::Int8, 34), (Quantization::Int4, 18)] {
        let matrix = |rows, columns| bytes(rows, columns, group_bytes);
        let attention = matrix(queries, hidden) + 2 * matrix(keys, hidden) + matrix(hidden, queries);
        let layer = attention + 2 * matrix(wide, hidden) + matrix(hidden, wide);
        // Embedding and head are int8 in either.
        let tables = if architecture.tied_head { 1 } else { 2 } * bytes(architecture.vocab_size, hidden, 34);
        let expected = architecture.windows.len() as u64 * layer + tables;

        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let memory = backend.memory(Budget { bytes: EXTENT_BYTES as u64 + expected }).unwrap();
        let model = decoder(&golden, &backend, to);
        assert_eq!(model.weight_bytes(), expected);
        assert_eq!(memory.free_extents(), 1);
        drop(model);
        let options = LoadOptions { max_model_len: 64, quantization: Some(to), kv_dtype: None };
        // What is a byte too large is refused.
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        backend.memory(Budget { bytes: expected - 1 }).unwrap();
        let error = load(&backend, &golden.folder, options, &ByteProgress::default()).map(drop).unwrap_err();
        assert_eq!(error.code(), "out_of_memory");
    }
}
