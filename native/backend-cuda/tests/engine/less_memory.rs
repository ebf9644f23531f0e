use conduit_backend::EXTENT_BYTES;
use conduit_backend_cuda::driver::host::HostOptions;
use conduit_engine::{Request, Sampling};

use crate::support::{MODELS, engine, open, open_with, read, write_models};

#[test]
fn what_others_take_of_the_device_makes_models_share_what_is_left() {
    let models = write_models();
    let request = |id: &str| Request {
        prompt: id.bytes().map(u32::from).collect(),
        max_tokens: Some(20),
        sampling: Sampling::GREEDY,
        ..Request::default()
    };
    let (backend, memory) = open(MODELS.len());
    let quiet = engine(&backend, &memory, models.path(), 2);
    let expected = MODELS.map(|id| read(&mut quiet.submit(id, request(id)).unwrap(), usize::MAX));
    drop(quiet);

    // The budget has an extent for each cache, the device for one of them: steps need some memory, too.
    let options = HostOptions { total_bytes: 3 * EXTENT_BYTES as u64, ..HostOptions::default() };
    let (backend, memory) = open_with(MODELS.len(), &options);
    let extents = memory.free_extents();
    let busy = engine(&backend, &memory, models.path(), 2);
    for _ in 0..2 {
        let mut asked = MODELS.map(|id| busy.submit(id, request(id)).unwrap());
        for (generation, expected) in asked.iter_mut().zip(&expected) {
            assert_eq!(read(generation, usize::MAX), *expected);
        }
    }
    assert_eq!((busy.failure(), backend.usage().kv_extents), (None, 1));
    drop(busy);
    assert_eq!(memory.free_extents(), extents, "extents were lost");
}
