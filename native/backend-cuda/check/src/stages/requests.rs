use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use conduit_backend::{Backend, Budget, EXTENT_BYTES};
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

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    let backend = Arc::new(context.machine.backend(false)?);
    let memory = backend.memory(Budget { bytes: EXTENTS * EXTENT_BYTES as u64 })?;
    let options = EngineOptions { step_tokens: 96, ..EngineOptions::default() };
    let engine = Engine::new(Arc::clone(&backend), Arc::clone(&memory), options)?;
    let models = [("qwen3", Family::Qwen3), ("llama", Family::Llama)];
    for (id, family) in models {
        let folder = context.models.join(id);
        models::write(&TinyModel { head_dim: 32, ..TinyModel::small(family) }, &folder)?;
        let model = models::load(&*backend, &folder)?;
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
    let start = Instant::now();
    let (answered, tokens, cancelled) = serve(&engine, models.map(|(id, _)| id), context.machine.requests())?;
    let seconds = start.elapsed().as_secs_f64();
    report.equal("requests that ended as they should", answered + cancelled, context.machine.requests());
    report.fact("cancelled", cancelled);
    report.number("tokens", tokens as f64 / seconds, "1/s");
    repeats(&engine, report)?;
    drop(engine);
    report.equal("extents that came back", memory.free_extents() as u64, EXTENTS);
    report.equal(
        "extents of weights and caches",
        {
            let usage = backend.usage();
            usage.weight_extents + usage.kv_extents
        },
        0,
    );
    Ok(())
}

/// One token a byte; no token ends an answer.
fn vocabulary(vocab_size: usize) -> Result<Arc<Vocabulary>> {
    let token = |id: usize| match u8::try_from(id) {
        Ok(byte) => TokenBytes::Text(vec![byte]),
        Err(_) => TokenBytes::Special(format!("<{id}>").into_bytes()),
    };
    Ok(Arc::new(Vocabulary::new((0..vocab_size).map(token).collect(), &[], None)?))
}

/// Requests that were answered, their tokens, and those that were given up.
fn serve<B: Backend>(
    engine: &Engine<B>,
    models: [&str; 2],
    requests: usize,
) -> Result<(usize, usize, usize)> {
    let mut random = Random(7);
    let (mut answered, mut tokens, mut cancelled) = (0, 0, 0);
    let mut running: Vec<(Generation, usize)> = Vec::new();
    for _ in 0..requests {
        if running.len() >= (requests / 4).min(64) {
            let (generation, expected) = running.swap_remove(random.below(running.len()));
            if random.chance(20) {
                cancelled += 1;
                drop(generation);
            } else {
                tokens += read(generation, expected)?.len();
                answered += 1;
            }
        }
        let request = request(&mut random);
        let expected = request.max_tokens.unwrap_or(0);
        running.push((submit(engine, models[random.below(2)], request)?, expected));
    }
    for (generation, expected) in running {
        tokens += read(generation, expected)?.len();
        answered += 1;
    }
    Ok((answered, tokens, cancelled))
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

/// The same request twice gives the same answer.
fn repeats<B: Backend>(engine: &Engine<B>, report: &mut Report) -> Result<()> {
    let mut random = Random(9);
    let mut same = 0;
    for _ in 0..8 {
        let request = Request { max_tokens: Some(40), ..request(&mut random) };
        let [first, second] =
            [(); 2].map(|()| submit(engine, "qwen3", request.clone()).and_then(|answer| read(answer, 40)));
        same += usize::from(first? == second?);
    }
    report.equal("answers that come again", same, 8);
    Ok(())
}
