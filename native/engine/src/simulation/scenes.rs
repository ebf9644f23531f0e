//! Who comes first where not all can be served at once, step by step.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use conduit_backend::KvLayout;
use conduit_testkit::fake_backend::FakeOptions;

use super::common::{byte_vocabulary, fake_model, full_attention, spec, wide_attention};
use super::stage::Stage;
use crate::runner::Command;
use crate::{EngineOptions, Event, Generation, ModelSpec, Request, Unload};

fn stage(extents: u64, models: &[(&str, KvLayout, usize)]) -> Stage {
    let options = EngineOptions { step_tokens: 16, ..EngineOptions::default() };
    let mut stage = Stage::new(extents, FakeOptions::default(), options);
    for &(model, layout, concurrency) in models {
        let spec = spec(model, fake_model(vec![layout]), 2_048.min(extents as usize * 64), concurrency);
        stage.add(ModelSpec { vocabulary: byte_vocabulary(&[]), ..spec });
    }
    stage
}

fn ask(stage: &Stage, model: &str, client: &str, prompt_tokens: u32, max_tokens: usize) -> Generation {
    let prompt = (0..prompt_tokens).map(|token| token % 256).collect();
    let client = Some(Arc::from(client));
    let request =
        Request { prompt, max_tokens: Some(max_tokens), seed: Some(1), client, ..Request::default() };
    stage.engine.submit(model, request).unwrap()
}

#[test]
fn a_client_with_one_request_does_not_wait_for_all_of_one_with_many() {
    let mut stage = stage(32, &[("full", full_attention(), 2)]);
    let _busy: Vec<_> = (0..40).map(|_| ask(&stage, "full", "busy", 20, 20)).collect();
    let mut rare = ask(&stage, "full", "rare", 20, 20);
    let steps = stage.steps_until_end(&mut rare);
    // Two of the busy one's may run before it, and one beside it.
    assert!(steps < 70, "{steps} steps");
}

#[test]
fn a_long_prompt_holds_up_neither_answers_nor_the_prompts_of_others() {
    let mut stage = stage(32, &[("full", full_attention(), 3)]);
    let mut answering = ask(&stage, "full", "answering", 5, 20);
    stage.poll(4);
    let _long = ask(&stage, "full", "long", 2_000, 8);
    assert!(stage.steps_until_end(&mut answering) < 25);
    let mut short = ask(&stage, "full", "short", 30, 4);
    let steps = stage.steps_until_end(&mut short);
    assert!(steps < 12, "{steps} steps");
}

#[test]
fn models_compute_the_same_whatever_their_queues() {
    let models = [("busy", full_attention(), 4), ("rare", full_attention(), 4)];
    let mut stage = stage(32, &models);
    let _busy: Vec<_> = (0..30).map(|_| ask(&stage, "busy", "a", 100, 30)).collect();
    stage.poll(20);
    let mut rare = ask(&stage, "rare", "b", 100, 30);
    let steps = stage.steps_until_end(&mut rare);
    // Seven steps for its prompt and thirty for its answer, each with at most two of the other model beside it.
    assert!(steps < 37 * 3 + 10, "{steps} steps");
}

#[test]
fn a_request_is_admitted_with_room_for_what_it_will_probably_need() {
    // Eight pages: the first may come to need all of them, but is expected to need six.
    let mut stage = stage(2, &[("wide", wide_attention(), 8)]);
    let requests = [(17, 100), (5, 20), (5, 20)];
    let _all = requests.map(|(prompt, answer)| ask(&stage, "wide", "a", prompt, answer));
    stage.poll(3);
    let status = stage.engine.status("wide").unwrap();
    assert_eq!((status.running, status.waiting), (2, 1), "{status:?}");
}

#[test]
fn a_request_that_is_cancelled_frees_its_pages_within_one_step() {
    let mut stage = stage(4, &[("full", full_attention(), 2)]);
    let cancelled = ask(&stage, "full", "a", 40, 100);
    let _other = ask(&stage, "full", "b", 5, 100);
    stage.poll(8);
    let steps = stage.backend.steps();
    let pages = stage.engine.status("full").unwrap().pages_in_use;
    drop(cancelled);
    stage.runner.poll();
    let status = stage.engine.status("full").unwrap();
    assert_eq!((pages, status.pages_in_use, stage.backend.steps() - steps), (4, 1, 1), "{status:?}");
}

#[test]
fn a_queue_is_full_by_the_tokens_of_its_prompts_too() {
    let options = EngineOptions { queue_tokens_limit: 100, ..EngineOptions::default() };
    let mut stage = Stage::new(4, FakeOptions::default(), options);
    stage.add(spec("full", fake_model(vec![full_attention()]), 256, 1));
    // One prompt may always wait, however long it is.
    let _long = ask(&stage, "full", "a", 200, 1);
    let prompt = vec![1; 10];
    let refused = stage.engine.submit("full", Request { prompt, ..Request::default() }).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after_seconds()), ("queue_full", Some(1)));
    stage.runner.poll();
    let _next = ask(&stage, "full", "a", 60, 1);
}

#[test]
fn a_model_that_is_drained_answers_what_it_has_and_takes_nothing_new() {
    let mut stage = stage(4, &[("full", full_attention(), 1)]);
    let mut asked = [5, 9].map(|answer| ask(&stage, "full", "a", 5, answer));
    stage.poll(2);
    let (reply, gone) = sync_channel(1);
    let model = stage.engine.registry.get("full").unwrap().key;
    let how = Unload::Drain { limit: Duration::from_secs(3_600) };
    stage.engine.commands.send(Command::RemoveModel { model, how, reply }).unwrap();
    stage.poll(1);
    let refused = stage.engine.submit("full", Request { prompt: vec![1], ..Request::default() });
    assert_eq!(refused.unwrap_err().code(), "model_unloaded");
    assert!(gone.try_recv().is_err());
    asked.iter_mut().for_each(|generation| assert!(stage.steps_until_end(generation) > 0));
    stage.poll(3);
    assert_eq!((gone.try_recv(), stage.memory.mapped_extents()), (Ok(()), 0));
    assert_eq!(stage.engine.statuses(), []);
}

#[test]
fn a_request_for_a_model_that_has_just_gone_is_told_so() {
    let mut stage = stage(4, &[("full", full_attention(), 1)]);
    let (reply, gone) = sync_channel(1);
    let model = stage.engine.registry.get("full").unwrap().key;
    stage.engine.commands.send(Command::RemoveModel { model, how: Unload::Now, reply }).unwrap();
    let mut late = ask(&stage, "full", "a", 5, 5);
    stage.poll(3);
    assert_eq!(gone.try_recv(), Ok(()));
    let last = std::iter::from_fn(|| late.events.try_recv().ok()).last().unwrap();
    assert!(matches!(&last, Event::Failed(error) if error.code == "model_unloaded"), "{last:?}");
    stage.runner.check_idle();
}
