//! Models that go, and come again.

use crate::common;

use std::time::{Duration, Instant};

use common::{Harness, byte_vocabulary, fake_model, full_attention, read, spec, wide_attention};
use conduit_backend::EXTENT_BYTES;
use conduit_engine::{
    EngineOptions, Event, ModelSpec, ModelTotals, RemoveModelError, Request, Retention, Unload,
};
use conduit_testkit::fake_backend::FakeOptions;

fn slow() -> Harness {
    let slow = FakeOptions { step_duration: Duration::from_millis(2), ..FakeOptions::default() };
    let harness = Harness::new(4, slow, EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 2_048, 1);
    harness
}

fn request(max_tokens: usize) -> Request {
    Request { prompt: vec![1, 2, 3], max_tokens: Some(max_tokens), seed: Some(1), ..Request::default() }
}

fn retained(id: &str, retention: Retention) -> ModelSpec<conduit_testkit::fake_backend::FakeBackend> {
    let spec = spec(id, fake_model(vec![wide_attention()]), 64, 1);
    ModelSpec { retention, vocabulary: byte_vocabulary(&[]), ..spec }
}

#[test]
fn a_model_that_is_unloaded_at_once_fails_its_requests_and_comes_again() {
    let harness = slow();
    let mut running = harness.engine.submit("full", request(2_000)).unwrap();
    let waiting = harness.engine.submit("full", request(2_000)).unwrap();
    assert!(matches!(running.blocking_next(), Some(Event::Token { .. })));
    harness.engine.remove_model("full", Unload::Now).unwrap();
    assert_eq!(harness.memory.mapped_extents(), 0);
    for generation in [running, waiting] {
        assert_eq!(read(generation).end.unwrap_err().code, "model_unloaded");
    }
    assert_eq!(harness.engine.submit("full", request(1)).unwrap_err().code(), "model_not_found");
    let again = harness.engine.remove_model("full", Unload::Now);
    assert_eq!(again, Err(RemoveModelError::NotLoaded("full".to_owned())));

    harness.add_endless("full", fake_model(vec![full_attention()]), 2_048, 1);
    assert_eq!(read(harness.engine.submit("full", request(5)).unwrap()).tokens.len(), 5);
    harness.close();
}

#[test]
fn draining_ends_with_the_last_request() {
    let harness = slow();
    let running = harness.engine.submit("full", request(20)).unwrap();
    let start = Instant::now();
    let limit = Duration::from_secs(3_600);
    harness.engine.remove_model("full", Unload::Drain { limit }).unwrap();
    assert_eq!(read(running).tokens.len(), 20);
    harness.add_endless("full", fake_model(vec![full_attention()]), 2_048, 1);
    harness.engine.remove_model("full", Unload::Drain { limit }).unwrap();
    assert!(start.elapsed() < limit);
    harness.close();
}

#[test]
fn draining_ends_at_its_limit() {
    let harness = slow();
    let mut endless = harness.engine.submit("full", request(2_000)).unwrap();
    assert!(matches!(endless.blocking_next(), Some(Event::Token { .. })));
    harness.engine.drain(Duration::from_millis(20));
    assert_eq!(read(endless).end.unwrap_err().code, "model_unloaded");
    assert_eq!((harness.engine.statuses(), harness.memory.mapped_extents()), (Vec::new(), 0));
    harness.close();
}

#[test]
fn a_model_that_nobody_uses_goes_after_a_while_and_a_pinned_one_stays() {
    let harness = slow();
    let idle_limit = Some(Duration::from_millis(30));
    harness.engine.add_model(retained("short", Retention::Evictable { idle_limit })).unwrap();
    harness.engine.add_model(retained("long", Retention::Evictable { idle_limit: None })).unwrap();
    assert_eq!(read(harness.engine.submit("long", request(9)).unwrap()).tokens.len(), 9);
    for _ in 0..60_000 {
        if harness.engine.status("short").is_none() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let left: Vec<_> = harness.engine.statuses().into_iter().map(|status| status.id).collect();
    assert_eq!(left, ["full", "long"]);
    harness.close();
}

#[test]
fn room_for_weights_comes_from_what_is_kept_then_from_models_that_nobody_uses() {
    let harness = slow();
    harness.engine.add_model(retained("evictable", Retention::Evictable { idle_limit: None })).unwrap();
    for model in ["full", "evictable"] {
        assert_eq!(read(harness.engine.submit(model, request(40)).unwrap()).tokens.len(), 40);
    }
    harness.wait_idle("evictable");
    assert!(harness.memory.mapped_extents() >= 2);
    let all = 4 * EXTENT_BYTES as u64;
    assert_eq!(harness.engine.make_room(all), all);
    assert_eq!(harness.engine.statuses().len(), 2, "what is kept was enough");
    assert_eq!(harness.engine.make_room(all + 1), all);
    let left: Vec<_> = harness.engine.statuses().into_iter().map(|status| status.id).collect();
    assert_eq!(left, ["full"]);
    harness.close();
}

#[test]
fn a_model_that_is_held_stays_until_it_is_let_go() {
    let harness = slow();
    let idle_limit = Some(Duration::from_millis(1));
    let added = harness.engine.add_model(retained("held", Retention::Evictable { idle_limit })).unwrap();
    let second = harness.engine.hold("held").unwrap();
    drop(added);
    std::thread::sleep(Duration::from_millis(20));
    harness.engine.make_room(u64::MAX);
    assert!(harness.engine.status("held").is_some(), "neither idle nor evicted");
    let running = harness.engine.submit("held", request(9)).unwrap();
    drop(second);
    assert_eq!(read(running).tokens.len(), 9);
    for _ in 0..60_000 {
        if harness.engine.status("held").is_none() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(harness.engine.hold("held").is_none(), "gone, although nobody asked the engine for anything");
    let last = harness.engine.add_model(retained("held", Retention::Evictable { idle_limit: None })).unwrap();
    harness.engine.remove_model("held", Unload::Drain { limit: Duration::MAX }).unwrap();
    assert!(harness.engine.status("held").is_none(), "who unloads it by name does so all the same");
    drop(last);
    harness.close();
}

#[test]
fn a_model_that_comes_again_counts_on() {
    let harness = slow();
    let load = || harness.engine.add_model(retained("again", Retention::Pinned)).unwrap();
    for times in 1..=3 {
        load();
        // The counters stand as high before each look as they did at the one before: nothing but the name tells.
        assert_eq!(read(harness.engine.submit("again", request(9)).unwrap()).tokens.len(), 9);
        harness.engine.remove_model("again", Unload::Drain { limit: Duration::MAX }).unwrap();
        let totals = harness.engine.totals("again");
        assert_eq!((totals.prompt_tokens, totals.answer_tokens), (3 * times, 9 * times));
    }
    assert_eq!(harness.engine.totals("none"), ModelTotals::default());
    harness.close();
}
