//! Mixed requests to three models whose caches need an extent each and have one in all: every answer is that of a quiet
//! engine, every refusal the right one, and all that was taken comes back.
//!
//! The requests follow from `CONDUIT_SOAK_SEED` (default 1), and `CONDUIT_SOAK_REQUESTS` says how many there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{scope, sleep};
use std::time::Duration;

use conduit_engine::{Engine, FinishReason, Generation, GrammarSpec, Request, Sampling, SubmitError};
use conduit_testkit::random::Random;
use serde_json::json;

use crate::support::{Host, MAX_MODEL_LEN, MODELS, QUEUE_LIMIT, engine, open, read, write_models};

/// Who asks at the same time.
const CLIENTS: usize = 30;
/// How often to look whether an engine is idle.
const MOST_WAITS: usize = 24_000;

type Answers = Vec<(Vec<u32>, Option<FinishReason>)>;

enum Plan {
    Answer(Ask),
    /// Dropped once so many tokens have been read of each copy.
    Cancel(Ask, usize),
    /// With the code of its refusal.
    Malformed(Ask, &'static str),
    OverLimits(Ask, &'static str),
}

struct Ask {
    model: &'static str,
    request: Request,
    copies: usize,
}

impl Plan {
    fn new(seed: u64, index: usize) -> Self {
        let mut random = Random(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        let ask = Ask::random(&mut random);
        match random.below(100) {
            0..15 => Self::Cancel(ask, random.below(12)),
            15..20 => Self::malformed(ask, &mut random),
            20..25 => Self::over_limits(ask, &mut random),
            _ => Self::Answer(ask),
        }
    }

    fn malformed(mut ask: Ask, random: &mut Random) -> Self {
        let request = &mut ask.request;
        let code = match random.below(4) {
            0 => {
                request.prompt.clear();
                "empty_prompt"
            }
            1 => {
                request.prompt.push(1_000_000);
                "invalid_token"
            }
            2 => {
                request.sampling.temperature = f32::NAN;
                "invalid_value"
            }
            _ => {
                request.grammar = Some(Arc::new(GrammarSpec::Regex("(".to_owned())));
                "unsupported_schema"
            }
        };
        Self::Malformed(ask, code)
    }

    fn over_limits(mut ask: Ask, random: &mut Random) -> Self {
        let code = match random.below(3) {
            0 => {
                ask.request.prompt = vec![1; MAX_MODEL_LEN];
                "context_length_exceeded"
            }
            1 => {
                ask.request.logprobs = Some(1_000);
                "invalid_value"
            }
            _ => {
                ask.copies = QUEUE_LIMIT + 1;
                "queue_full"
            }
        };
        Self::OverLimits(ask, code)
    }
}

impl Ask {
    fn random(random: &mut Random) -> Self {
        // A block of 16 tokens that prompts share, and what is their own.
        let opening = if random.chance(50) { 17 } else { 0 };
        let own = (0..1 + random.below(20)).map(|_| random.below(256) as u32);
        let prompt = (0..opening).chain(own.collect::<Vec<_>>()).collect();
        let schema = json!({ "type": "object", "properties": { "a": { "enum": [1, 22] } }, "required": ["a"], "additionalProperties": false });
        let grammar = match random.below(10) {
            0 => Some(Arc::new(GrammarSpec::JsonSchema(schema))),
            1 => Some(Arc::new(GrammarSpec::Regex("[a-c]{2,9}".to_owned()))),
            _ => None,
        };
        let temperature = if random.chance(50) { 0.0 } else { 0.9 };
        let request = Request {
            prompt,
            max_tokens: Some(1 + random.below(12)),
            sampling: Sampling {
                temperature,
                top_k: 30,
                repetition_penalty: if random.chance(20) { 1.3 } else { 1.0 },
                presence_penalty: if random.chance(20) { 0.8 } else { 0.0 },
                ..Sampling::default()
            },
            seed: Some(random.next()),
            grammar,
            ..Request::default()
        };
        let copies = if random.chance(15) { 2 + random.below(2) } else { 1 };
        let model = *random.pick(&MODELS);
        Self { model, request, copies }
    }

    fn submit(&self, engine: &Engine<Host>) -> Result<Vec<Generation>, SubmitError> {
        engine.submit_copies(self.model, self.request.clone(), self.copies)
    }

    /// Asks until the queue has room.
    fn answers(&self, engine: &Engine<Host>, most_tokens: usize) -> Answers {
        let mut generations = loop {
            match self.submit(engine) {
                Ok(generations) => break generations,
                Err(SubmitError::QueueFull { .. }) => sleep(Duration::from_millis(5)),
                Err(error) => panic!("{error}"),
            }
        };
        generations.iter_mut().map(|generation| read(generation, most_tokens)).collect()
    }
}

fn perform(engine: &Engine<Host>, plan: &Plan, expected: &Answers) -> &'static str {
    match plan {
        Plan::Answer(ask) => {
            assert_eq!(ask.answers(engine, usize::MAX), *expected);
            "answered"
        }
        Plan::Cancel(ask, tokens) => {
            for (begun, (whole, _)) in ask.answers(engine, *tokens).iter().zip(expected) {
                assert!(whole.starts_with(&begun.0), "{begun:?} is not the beginning of {whole:?}");
            }
            "cancelled"
        }
        Plan::Malformed(ask, code) => {
            assert_eq!(ask.submit(engine).err().map(|error| error.code()), Some(*code));
            "malformed"
        }
        Plan::OverLimits(ask, code) => {
            let error = ask.submit(engine).err();
            assert_eq!(error.as_ref().map(SubmitError::code), Some(*code));
            assert_eq!(error.and_then(|error| error.retry_after_seconds()).is_some(), *code == "queue_full");
            "over limits"
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

#[test]
fn every_answer_under_load_is_that_of_a_quiet_engine_and_all_extents_come_back() {
    let default = if std::env::var_os("CONDUIT_FULL").is_some() { 1_500 } else { 60 };
    let count = number("CONDUIT_SOAK_REQUESTS").unwrap_or(default) as usize;
    let seed = number("CONDUIT_SOAK_SEED").unwrap_or(1);
    println!("soak: seed {seed}, {count} requests, {CLIENTS} clients");
    let models = write_models();
    let plans: Vec<Plan> = (0..count).map(|index| Plan::new(seed, index)).collect();

    let (backend, memory) = open(MODELS.len());
    let quiet = engine(&backend, &memory, models.path(), 4);
    let expected = plans.iter().map(|plan| match plan {
        Plan::Answer(ask) | Plan::Cancel(ask, _) => ask.answers(&quiet, usize::MAX),
        Plan::Malformed(..) | Plan::OverLimits(..) => Answers::new(),
    });
    let expected: Vec<Answers> = expected.collect();
    drop(quiet);

    let (backend, memory) = open(1);
    let extents = memory.free_extents();
    let busy = engine(&backend, &memory, models.path(), 6);
    let (next, counts) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<_, usize>::new()));
    scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plan) = plans.get(index) else { return };
                    let outcome = perform(&busy, plan, &expected[index]);
                    *counts.lock().unwrap().entry(outcome).or_default() += 1;
                }
            });
        }
    });
    println!("{:?}", counts.into_inner().unwrap());
    check_end(&busy);
    drop(busy);
    assert_eq!(memory.free_extents(), extents, "extents were lost");
}

/// Sees to it that the extent went from model to model, and that nobody holds any of it once all have gone.
fn check_end(engine: &Engine<Host>) {
    assert_eq!(engine.failure(), None);
    for model in MODELS {
        let is_idle = || {
            // What was dropped last is taken note of at the next step.
            sleep(Duration::from_millis(5));
            let status = engine.status(model).unwrap();
            (status.waiting, status.running, status.pages_in_use) == (0, 0, 0)
        };
        assert!((0..MOST_WAITS).any(|_| is_idle()), "{:?} is never idle", engine.status(model));
        let totals = engine.status(model).unwrap().totals;
        println!("{model}: {} pushed back, {} pages evicted", totals.pushed_back, totals.evicted_pages);
        assert!(totals.evicted_pages > 0, "{model} kept its cache");
    }
}
