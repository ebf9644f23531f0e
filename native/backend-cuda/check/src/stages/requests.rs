use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use conduit_backend::{Backend, Budget, EXTENT_BYTES, Memory};
use conduit_engine::{
    Engine, EngineOptions, Event, Generation, ModelSpec, Request, Retention, Sampling, SubmitError,
    TokenBytes, Vocabulary,
};
use conduit_testkit::model::{Family, TinyModel};

use super::Context;
use crate::machine::Machine;
use crate::models;
use crate::random::Random;
use crate::report::Report;

/// Enough for the weights and some dozen sequences, so that requests wait for pages.
const EXTENTS: u64 = 12;
const MAX_MODEL_LEN: usize = 512;
const CONCURRENCY: usize = 24;

const MODELS: [(&str, Family); 2] = [("qwen3", Family::Qwen3), ("llama", Family::Llama)];

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    for deterministic in [false, true] {
        let backend = Arc::new(context.machine.backend(deterministic)?);
        let memory = backend.memory(Budget { bytes: EXTENTS * EXTENT_BYTES as u64 })?;
        let engine = engine(&backend, &memory, &context.models)?;
        let mode = if deterministic { "deterministic" } else { "normal" };

        let start = Instant::now();
        let served = serve(&engine, context.machine.requests())?;
        let seconds = start.elapsed().as_secs_f64();
        let tokens: usize = served.answers.iter().map(|answer| answer.tokens.len()).sum();
        let ended = served.answers.len() + served.cancelled;
        report.equal(
            format!("{mode}: requests that ended as they should"),
            ended,
            context.machine.requests(),
        );
        report.fact(format!("{mode}: cancelled"), served.cancelled);
        report.number(format!("{mode}: tokens"), tokens as f64 / seconds, "1/s");
        alone(&engine, &served.answers, mode, deterministic, report)?;

        drop(engine);
        let name = |what| format!("{mode}: {what}");
        report.equal(name("extents that came back"), memory.free_extents() as u64, EXTENTS);
        let usage = backend.usage();
        report.equal(name("extents of weights and caches"), usage.weight_extents + usage.kv_extents, 0);
    }
    Ok(())
}

/// An engine with both models.
fn engine<B: Backend>(backend: &Arc<B>, memory: &Arc<dyn Memory>, folder: &Path) -> Result<Engine<B>> {
    let options = EngineOptions { step_tokens: 96, ..EngineOptions::default() };
    let engine = Engine::new(Arc::clone(backend), Arc::clone(memory), options)?;
    for (id, family) in MODELS {
        let folder = folder.join(id);
        models::write(&TinyModel { head_dim: 32, ..TinyModel::small(family) }, &folder)?;
        let model = models::load(&**backend, &folder)?;
        let vocabulary = vocabulary(conduit_backend::Model::vocab_size(&model))?;
        engine.add_model(ModelSpec {
            id: id.to_owned(),
            model: Box::new(model),
            max_model_len: MAX_MODEL_LEN,
            max_model_concurrency: CONCURRENCY,
            batch_wait: Duration::ZERO,
            vocabulary,
            retention: Retention::Pinned,
        })?;
    }
    Ok(engine)
}

/// One token a byte; no token ends an answer.
fn vocabulary(vocab_size: usize) -> Result<Arc<Vocabulary>> {
    let token = |id: usize| match u8::try_from(id) {
        Ok(byte) => TokenBytes::Text(vec![byte]),
        Err(_) => TokenBytes::Special(format!("<{id}>").into_bytes()),
    };
    Ok(Arc::new(Vocabulary::new((0..vocab_size).map(token).collect(), &[], None)?))
}

/// A request that was answered.
struct Answer {
    model: &'static str,
    request: Request,
    tokens: Vec<u32>,
}

struct Served {
    answers: Vec<Answer>,
    /// Requests that were given up.
    cancelled: usize,
}

/// Asks for so many answers, dozens at a time, and gives some of them up.
fn serve<B: Backend>(engine: &Engine<B>, requests: usize) -> Result<Served> {
    let mut random = Random(7);
    let mut served = Served { answers: Vec::new(), cancelled: 0 };
    let mut running: Vec<(Generation, &'static str, Request)> = Vec::new();
    let finish = |(generation, model, request): (Generation, _, Request)| -> Result<Answer> {
        let tokens = read(generation, request.max_tokens.unwrap_or(0))?;
        Ok(Answer { model, request, tokens })
    };
    for _ in 0..requests {
        if running.len() >= (requests / 4).min(64) {
            let next = running.swap_remove(random.below(running.len()));
            if random.chance(20) {
                served.cancelled += 1;
            } else {
                served.answers.push(finish(next)?);
            }
        }
        let request = request(&mut random);
        let (model, _) = MODELS[random.below(2)];
        running.push((submit(engine, model, request.clone())?, model, request));
    }
    for next in running {
        served.answers.push(finish(next)?);
    }
    Ok(served)
}

fn request(random: &mut Random) -> Request {
    let longest = if random.chance(20) { 400 } else { 60 };
    let length = 1 + random.below(longest);
    let temperature = if random.chance(40) { 0.0 } else { 0.8 };
    let sampling = Sampling {
        temperature,
        top_k: random.below(2) as u32 * 20,
        top_p: if random.chance(50) { 0.9 } else { 1.0 },
        ..Sampling::default()
    };
    Request {
        prompt: random.tokens(length, 256),
        max_tokens: Some(1 + random.below(80)),
        sampling,
        seed: Some(random.next()),
        ..Request::default()
    }
}

fn submit<B: Backend>(engine: &Engine<B>, model: &str, request: Request) -> Result<Generation> {
    loop {
        match engine.submit(model, request.clone()) {
            Err(SubmitError::QueueFull { .. }) => thread::sleep(Duration::from_millis(1)),
            submitted => return Ok(submitted?),
        }
    }
}

fn read(mut generation: Generation, expected: usize) -> Result<Vec<u32>> {
    let mut tokens = Vec::new();
    while let Some(event) = generation.blocking_next() {
        match event {
            Event::Token { id, .. } => tokens.push(id),
            Event::Finished { usage, .. } => {
                ensure!(
                    usage.completion_tokens == tokens.len() && tokens.len() == expected,
                    "{usage:?}, {expected} expected"
                );
                return Ok(tokens);
            }
            Event::Failed(error) => anyhow::bail!("{}: {}", error.code, error.message),
        }
    }
    None.context("the events ended without a last one")
}

/// Answers that were given beside others are asked for again, one at a time: where sums do not depend on the batch, they are
/// the same.
fn alone<B: Backend>(
    engine: &Engine<B>,
    answers: &[Answer],
    mode: &str,
    deterministic: bool,
    report: &mut Report,
) -> Result<()> {
    let (mut same, mut asked) = (0, 0);
    for answer in answers.iter().step_by(4) {
        let generation = submit(engine, answer.model, answer.request.clone())?;
        same += usize::from(read(generation, answer.tokens.len())? == answer.tokens);
        asked += 1;
    }
    let name = format!("{mode}: answers that are the same alone");
    if deterministic {
        report.equal(name, same, asked);
    } else {
        report.fact(name, format!("{same} of {asked}"));
    }
    Ok(())
}
