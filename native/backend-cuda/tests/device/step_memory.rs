//! The memory that steps take beside weights and caches, and when they take it.

use conduit_backend::{Backend, Bucket, LogitAdjustment, Masks, RowSampling, StepInputs};
use conduit_backend_cuda::driver::MAP_GRANULARITY_BYTES;
use conduit_backend_cuda::driver::host::Fault;

use crate::scripted::{inputs, open, record};

#[test]
fn hidden_states_take_no_memory_during_a_step() {
    // Of more than the least that a device maps.
    let bucket = Bucket { max_tokens: 9_000, max_rows: 1 };
    let backend = open();
    let plan = record(&backend, 9_000, bucket, true);
    let before = backend.usage();
    for fault in [Fault::Map, Fault::HostBuffer] {
        backend.driver().inject(fault, 0);
    }
    let step = StepInputs { hidden_tokens: (0..9_000).collect(), ..inputs(9_000) };
    let steps = [backend.forward(&plan, &step).unwrap(), backend.forward(&plan, &step).unwrap()];
    for step in steps {
        assert_eq!(backend.collect(step).unwrap().hidden.len(), 9_000);
    }
    assert_eq!(backend.usage(), before);
}

#[test]
fn a_plan_without_a_head_takes_no_memory_for_logits() {
    let (vocab_size, bucket) = (3_000, Bucket { max_tokens: 2_000, max_rows: 2_000 });
    let bytes = |has_head| {
        let backend = open();
        let plan = record(&backend, vocab_size, bucket, has_head);
        let step = StepInputs { hidden_tokens: vec![2], ..inputs(3) };
        let mut step = backend.forward(&plan, &step).unwrap();
        backend.sample(&mut step, &[], Masks::none(0)).unwrap();
        assert_eq!(backend.collect(step).unwrap().hidden.len(), 1);
        backend.usage().workspace_bytes
    };
    // In each of two slots, and what rows are sampled with.
    let logits = (bucket.max_rows * vocab_size.next_multiple_of(64) * size_of::<f32>()) as u64;
    assert!(bytes(true) - bytes(false) >= 2 * (logits + MAP_GRANULARITY_BYTES));
}

#[test]
fn a_step_whose_adjustments_find_no_memory_may_be_sampled_otherwise() {
    // All of them together take more than the least that a device maps.
    let vocab_size = 140_000;
    let backend = open();
    let plan = record(&backend, vocab_size, Bucket { max_tokens: 1, max_rows: 1 }, true);
    let adjustment = |token| LogitAdjustment { token, repetition: 1.0, bias: (token % 1_000) as f32 };
    let adjusted =
        Masks { adjustments: vec![(0..vocab_size as u32).map(adjustment).collect()], ..Masks::none(1) };
    let forward = || backend.forward(&plan, &StepInputs { logit_tokens: vec![0], ..inputs(1) }).unwrap();
    for fault in [Fault::Map, Fault::HostBuffer] {
        backend.driver().inject(fault, 0);
        let mut step = forward();
        let error = backend.sample(&mut step, &[RowSampling::GREEDY], adjusted.clone()).unwrap_err();
        assert_eq!(error.code(), "out_of_memory", "{fault:?}: {error}");
        backend.sample(&mut step, &[RowSampling::GREEDY], Masks::none(1)).unwrap();
        assert_eq!(backend.collect(step).unwrap().rows[0].token, 0);
    }
    let mut step = forward();
    backend.sample(&mut step, &[RowSampling::GREEDY], adjusted).unwrap();
    assert_eq!(backend.collect(step).unwrap().rows[0].token, 999);
}
