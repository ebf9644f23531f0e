use std::time::Duration;

use conduit_engine::{Request, Sampling, Unload};

use crate::support::{MODELS, add_model, engine, open, read, write_models};

fn request(max_tokens: usize) -> Request {
    Request {
        prompt: b"What was served before?".map(u32::from).to_vec(),
        max_tokens: Some(max_tokens),
        sampling: Sampling::GREEDY,
        ..Request::default()
    }
}

#[test]
fn models_are_served_unloaded_and_served_again() {
    let models = write_models();
    let (backend, memory) = open(1);
    let extents = memory.free_extents();
    let round = || {
        let engine = engine(&backend, &memory, models.path(), 2);
        let answer = |id| read(&mut engine.submit(id, request(6)).unwrap(), usize::MAX);
        let answers = MODELS.map(answer);
        drop(engine);
        assert_eq!(memory.free_extents(), extents, "extents were lost");
        let usage = backend.usage();
        assert_eq!((usage.weight_extents, usage.kv_extents), (0, 0));
        (answers, usage.workspace_bytes)
    };
    let first = round();
    for _ in 0..2 {
        assert_eq!(round(), first, "an answer or the workspace is another one");
    }
}

#[test]
fn a_model_goes_and_comes_while_others_want_all_of_the_memory() {
    let models = write_models();
    // Each of the three caches needs the one extent that there is.
    let (backend, memory) = open(1);
    let extents = memory.free_extents();
    let engine = engine(&backend, &memory, models.path(), 2);
    let [first, coming, last] = MODELS;
    let ask = |id| engine.submit(id, request(12)).unwrap();
    let answer = |id| read(&mut ask(id), usize::MAX);
    let expected = MODELS.map(answer);
    for how in [Unload::Now, Unload::Drain { limit: Duration::MAX }, Unload::Now] {
        let others = [ask(first), ask(last), ask(first)];
        engine.remove_model(coming, how).unwrap();
        assert_eq!(engine.submit(coming, request(1)).unwrap_err().code(), "model_not_found");
        add_model(&engine, &backend, &models.path().join(coming), coming, 2);
        assert_eq!(answer(coming), expected[1]);
        for (mut other, expected) in others.into_iter().zip([&expected[0], &expected[2], &expected[0]]) {
            assert_eq!(read(&mut other, usize::MAX), *expected);
        }
    }
    for id in MODELS {
        engine.remove_model(id, Unload::Now).unwrap();
    }
    assert_eq!(memory.free_extents(), extents, "extents were lost");
    let usage = backend.usage();
    assert_eq!((usage.weight_extents, usage.kv_extents), (0, 0));
    assert_eq!(engine.failure(), None);
}
