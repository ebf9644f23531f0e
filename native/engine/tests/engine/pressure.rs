//! Less memory than the requests that run come to need.

use crate::common;

use common::{Harness, fake_model, full_attention, read, reference, wide_attention};
use conduit_engine::{EngineOptions, Request, Sampling};
use conduit_testkit::fake_backend::FakeOptions;

fn request(first: u32, max_tokens: usize) -> Request {
    let sampling = Sampling { temperature: 1.0, ..Sampling::default() };
    let seed = Some(u64::from(first));
    let prompt = (first..first + 17).collect();
    Request { prompt, max_tokens: Some(max_tokens), sampling, seed, ignore_eos: true, ..Request::default() }
}

#[test]
fn the_newest_request_is_pushed_back_and_its_answer_is_the_same() {
    // Sixteen pages of 16 tokens in all; each request is admitted with six and comes to need fourteen.
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 256, 4);
    let requests: Vec<_> = (0..6).map(|index| request(index * 20, 200)).collect();
    let generations: Vec<_> =
        requests.iter().map(|request| harness.engine.submit("wide", request.clone()).unwrap()).collect();
    for (request, generation) in requests.iter().zip(generations) {
        assert_eq!(read(generation), reference(&[wide_attention()], request, 256));
    }
    harness.wait_idle("wide");
    let status = harness.engine.status("wide").unwrap();
    assert!(status.totals.pushed_back > 0, "{status:?}");
    assert_eq!((status.pages_in_use, status.extents), (0, 4));
    harness.close();
}

#[test]
fn models_push_each_others_newest_requests_back_and_all_come_to_their_end() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 256, 4);
    harness.add_endless("full", fake_model(vec![full_attention()]), 256, 4);
    let models = [("wide", wide_attention()), ("full", full_attention())];
    let requests: Vec<_> = (0..12).map(|index| (index as usize % 2, request(index * 20, 200))).collect();
    let submit = |(model, request): &(usize, Request)| {
        harness.engine.submit(models[*model].0, request.clone()).unwrap()
    };
    let generations: Vec<_> = requests.iter().map(submit).collect();
    for ((model, request), generation) in requests.iter().zip(generations) {
        assert_eq!(read(generation), reference(&[models[*model].1], request, 256));
    }
    harness.close();
}

#[test]
fn requests_whose_block_tables_have_no_room_together_take_turns_and_the_one_too_long_fails() {
    // Each comes to fourteen pages; the last one to more than a step has room for.
    let options = FakeOptions { most_table_entries: Some(16), ..FakeOptions::default() };
    let harness = Harness::new(4, options, EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 512, 4);
    let requests = [request(0, 200), request(20, 200), request(40, 200), request(60, 400)];
    let submit = |request: &Request| harness.engine.submit("full", request.clone()).unwrap();
    let generations = requests.each_ref().map(submit);
    let [first, second, third, long] = generations.map(read);
    for (request, answer) in requests.iter().zip([first, second, third]) {
        assert_eq!(answer, reference(&[full_attention()], request, 512));
    }
    assert_eq!(long.end.unwrap_err().code, "out_of_memory");
    assert!(harness.engine.status("full").unwrap().totals.pushed_back > 0);
    assert_eq!(harness.engine.failure(), None);
    harness.close();
}
