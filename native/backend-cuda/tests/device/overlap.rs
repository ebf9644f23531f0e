//! What the host does not wait for.

use std::sync::mpsc::channel;
use std::thread::scope;
use std::time::Duration;

use conduit_backend::{Backend, Bucket, Masks, RowSampling, StepInputs};

use crate::scripted::{inputs, open, record};

/// After so long it is waited for in vain.
const IN_VAIN: Duration = Duration::from_secs(60);

#[test]
fn a_step_is_read_with_its_logits_while_the_next_one_runs() {
    let backend = open();
    let plan = record(&backend, 70, Bucket { max_tokens: 3, max_rows: 1 }, true);
    let row = RowSampling { return_logits: true, ..RowSampling::GREEDY };
    let enqueue = || {
        let step = StepInputs { logit_tokens: vec![2], hidden_tokens: vec![1], ..inputs(3) };
        let mut step = backend.forward(&plan, &step).unwrap();
        backend.sample(&mut step, &[row], Masks::none(1)).unwrap();
        step
    };
    let before = backend.driver().kernels();
    let expected = backend.collect(enqueue()).unwrap();
    backend.driver().hold_kernels_after(backend.driver().kernels() - before);
    let (first, second) = (enqueue(), enqueue());
    let (sender, read) = channel();
    scope(|scope| {
        scope.spawn(|| sender.send(backend.collect(first).unwrap()).unwrap());
        let first = read.recv_timeout(IN_VAIN);
        backend.driver().release_kernels();
        assert_eq!(first, Ok(expected.clone()));
    });
    assert_eq!(backend.collect(second).unwrap(), expected);
}
