//! What keys and values are kept as: near the reference in every type, and the same bits however the steps are cut.

use conduit_backend::{Bucket, KvDType};
use conduit_backend_cpu::{CpuBackend, CpuOptions, Isa};
use conduit_models::{ByteProgress, LoadOptions, ModelError, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;

const EIGHT_BITS: [KvDType; 2] = [KvDType::F8E4M3, KvDType::Int8];

fn runner(golden: &Golden, kv_dtype: Option<KvDType>, options: CpuOptions) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(options).unwrap();
    let options = LoadOptions { max_model_len: 4096, quantization: None, kv_dtype };
    let model = |backend: &CpuBackend| load(backend, &golden.folder, options, &ByteProgress::default());
    let bucket = Bucket { max_tokens: 512, max_rows: 512 };
    Runner::new(backend, 16, bucket, model).unwrap_or_else(|error: ModelError| panic!("{error}"))
}

fn whole(runner: &mut Runner<CpuBackend>, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut sequence = runner.sequence();
    runner.logits(&mut [(&mut sequence, tokens)])
}

/// Of the models in bf16 and f16 only: those in f32 have weights so large that every rounding comes out many times over.
#[test]
fn logits_are_near_those_of_the_reference_in_every_type_on_every_set() {
    let mut compared = 0;
    for golden in Golden::all().into_iter().filter(|golden| !golden.is_f32) {
        for (kv_dtype, most) in [
            (KvDType::F32, golden.tolerance()),
            (KvDType::F16, golden.tolerance()),
            (KvDType::BF16, golden.tolerance()),
            (KvDType::Int8, 0.015),
            (KvDType::F8E4M3, 0.07),
        ] {
            for isa in Isa::available() {
                let options = CpuOptions { isa: Some(isa), ..CpuOptions::default() };
                let logits = whole(&mut runner(&golden, Some(kv_dtype), options), &golden.input_ids);
                let difference = golden.difference(&logits);
                println!("{} {kv_dtype} {isa}: {difference:.2e}", golden.name);
                assert!(difference <= most, "{} {kv_dtype} {isa}: {difference:.2e}", golden.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "no model in 16 bits");
}

#[test]
fn chunks_batches_and_threads_do_not_change_a_bit() {
    for golden in Golden::all() {
        for kv_dtype in EIGHT_BITS {
            let threads = |threads: usize| CpuOptions { threads: threads.try_into().ok(), isa: None };
            let tokens = &golden.input_ids;
            let expected = whole(&mut runner(&golden, Some(kv_dtype), threads(1)), tokens);
            let mut runner = runner(&golden, Some(kv_dtype), threads(3));
            assert!(whole(&mut runner, tokens) == expected, "{} {kv_dtype}: threads", golden.name);
            for chunk in [1, 7, 16] {
                let mut sequence = runner.sequence();
                let mut logits = Vec::new();
                for tokens in tokens.chunks(chunk) {
                    logits.extend(runner.logits(&mut [(&mut sequence, tokens)]));
                }
                assert!(logits == expected, "{} {kv_dtype}: chunks of {chunk}", golden.name);
            }
            let (mut first, mut second) = (runner.sequence(), runner.sequence());
            let both = runner.logits(&mut [(&mut first, &tokens[5..20]), (&mut second, tokens)]);
            assert!(both[15..] == expected, "{} {kv_dtype}: batch", golden.name);
        }
    }
}

#[test]
fn the_type_is_that_of_the_weights_unless_another_is_asked_for() {
    for (name, own) in
        [("qwen3", KvDType::F32), ("qwen3-bf16", KvDType::BF16), ("llama-mha-f16", KvDType::F16)]
    {
        let golden = Golden::named(name);
        let dtype = |asked| runner(&golden, asked, CpuOptions::default()).kv_groups()[0].dtype;
        assert_eq!(dtype(None), own, "{name}");
        for asked in KvDType::ALL {
            assert_eq!(dtype(Some(asked)), asked, "{name}");
        }
    }
}
