use conduit_engine::{Request, Sampling};

use crate::support::{MODELS, engine, open, read, write_models};

#[test]
fn models_are_served_unloaded_and_served_again() {
    let models = write_models();
    let (backend, memory) = open(1);
    let extents = memory.free_extents();
    let request = Request {
        prompt: b"What was served before?".map(u32::from).to_vec(),
        max_tokens: Some(6),
        sampling: Sampling::GREEDY,
        ..Request::default()
    };
    let round = || {
        let engine = engine(&backend, &memory, models.path(), 2);
        let answer = |id| read(&mut engine.submit(id, request.clone()).unwrap(), usize::MAX);
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
