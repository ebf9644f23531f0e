use conduit_backend::{Backend, Budget, DType, EXTENT_BYTES};
use conduit_backend_cuda::driver::host::{Fault, HostOptions};
use conduit_testkit::model::Family;
use conduit_testkit::runner::Runner;

use crate::tiny::{BUCKET, cuda, open, write};

const EXTENT: u64 = EXTENT_BYTES as u64;

#[test]
fn models_come_and_go_in_one_budget() {
    let folders = [write(Family::Qwen3, DType::BF16, true), write(Family::Llama, DType::F16, false)];
    let backend = cuda(&HostOptions::default());
    let memory = backend.memory(Budget { bytes: 3 * EXTENT }).unwrap();
    let free = |extents| assert_eq!(memory.free_extents(), extents);
    for _ in 0..2 {
        // Small weights share an extent, and KV takes what is left.
        let first = open(&backend, folders[0].path()).unwrap();
        let second = open(&backend, folders[1].path()).unwrap();
        free(2);
        let kv = [memory.map().unwrap(), memory.map().unwrap()];
        assert_eq!(memory.map().unwrap_err().code(), "out_of_memory");
        free(0);
        drop(first);
        free(0);
        memory.unmap(kv[0]);
        drop(second);
        free(2);
        let third = open(&backend, folders[1].path()).unwrap();
        memory.unmap(kv[1]);
        drop(third);
        free(3);
        let usage = backend.usage();
        assert_eq!((usage.weight_extents, usage.kv_extents), (0, 0));
    }
}

#[test]
fn plans_and_steps_keep_the_weights_that_they_use() {
    let folder = write(Family::Qwen3, DType::BF16, true);
    let backend = cuda(&HostOptions::default());
    let free_bytes = |runner: &Runner<_>| {
        let backend: &conduit_backend_cuda::CudaBackend<_> = &runner.backend;
        backend.memory_info().unwrap().free_bytes
    };
    // The model is dropped when it is recorded.
    let mut runner = Runner::new(backend, 2, BUCKET, |backend| open(backend, folder.path())).unwrap();
    let before = free_bytes(&runner);
    assert_eq!(runner.backend.usage().weight_extents, 1);
    assert_eq!(runner.greedy(&[&[1, 2, 3]], 2)[0].len(), 2);
    assert_eq!(free_bytes(&runner), before - EXTENT);
    assert!(runner.backend.usage().workspace_bytes > 0);
}

#[test]
fn weights_that_do_not_fit_leave_nothing_behind() {
    let folder = write(Family::Llama, DType::F32, false);
    let backend = cuda(&HostOptions::default());
    let memory = backend.memory(Budget { bytes: EXTENT }).unwrap();
    let kv = memory.map().unwrap();
    assert_eq!(open(&backend, folder.path()).err().unwrap().code(), "out_of_memory");
    memory.unmap(kv);
    // Where the budget has room and the device has not.
    backend.driver().inject(Fault::Map, 0);
    assert_eq!(open(&backend, folder.path()).err().unwrap().code(), "out_of_memory");
    assert_eq!(memory.free_extents(), 1);
    drop(open(&backend, folder.path()).unwrap());
    assert_eq!(memory.free_extents(), 1);
}

#[test]
fn a_budget_is_no_larger_than_the_device() {
    let backend = cuda(&HostOptions { total_bytes: 8 * EXTENT, ..HostOptions::default() });
    let memory = backend.memory(Budget { bytes: u64::MAX }).unwrap();
    assert_eq!(memory.free_extents(), 8);
    let mut extents = Vec::new();
    let error = loop {
        match memory.map() {
            Ok(extent) => extents.push(extent),
            Err(error) => break error,
        }
    };
    // The workspace of steps is outside the budget.
    assert_eq!((error.code(), extents.len()), ("out_of_memory", 7));
}
