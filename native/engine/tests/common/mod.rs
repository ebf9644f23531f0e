//! Engines over the fake backend, and what a quiet, pageless decoder would have answered.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::Arc;
use std::time::Duration;

use conduit_backend::{Backend, Budget, EXTENT_BYTES, KvDType, KvLayout, LogitAdjustment, RowSampling};
use conduit_engine::{
    Engine, EngineOptions, Event, FinishReason, Generation, GenerationError, ModelSpec, ModelStatus, Pooling,
    Request, Retention, Sampling, TokenBytes, Usage, Vocabulary,
};
use conduit_testkit::fake_backend::{
    FakeBackend, FakeMemory, FakeModel, FakeOptions, HIDDEN_SIZE, ReferenceDecoder,
};

pub const EOS: u32 = 300;
pub const VOCAB_SIZE: usize = 333;

/// 64 blocks an extent.
pub fn full_attention() -> KvLayout {
    KvLayout { layers: 8, kv_heads: 8, head_dim: 64, dtype: KvDType::F32, window: None }
}

/// 4 blocks an extent.
pub fn wide_attention() -> KvLayout {
    KvLayout { layers: 64, kv_heads: 8, head_dim: 128, dtype: KvDType::F32, window: None }
}

pub fn window(tokens: usize) -> KvLayout {
    KvLayout { window: Some(tokens), ..full_attention() }
}

pub fn fake_model(groups: Vec<KvLayout>) -> FakeModel {
    FakeModel { groups, vocab_size: VOCAB_SIZE, max_positions: 1 << 20 }
}

/// One token a byte, then special ones up to those that end an answer.
pub fn byte_vocabulary(eos_tokens: &[u32]) -> Arc<Vocabulary> {
    let tokens = (0..=255).map(|byte| TokenBytes::Text(vec![byte])).collect();
    Arc::new(Vocabulary::new(tokens, eos_tokens, None).unwrap())
}

pub struct Harness {
    pub engine: Engine<FakeBackend>,
    pub backend: Arc<FakeBackend>,
    pub memory: Arc<FakeMemory>,
}

impl Harness {
    pub fn new(extents: u64, fake: FakeOptions, options: EngineOptions) -> Self {
        let backend = Arc::new(FakeBackend::new(fake));
        let memory = backend.memory(Budget { bytes: extents * EXTENT_BYTES as u64 }).unwrap();
        let engine = Engine::new(Arc::clone(&backend), memory, options).unwrap();
        let memory = backend.fake_memory().unwrap();
        Self { engine, backend, memory }
    }

    pub fn add(&self, id: &str, model: FakeModel, max_model_len: usize, max_model_concurrency: usize) {
        self.engine.add_model(spec(id, model, max_model_len, max_model_concurrency)).unwrap();
    }

    /// A model whose answers end at their limit only.
    pub fn add_endless(
        &self,
        id: &str,
        model: FakeModel,
        max_model_len: usize,
        max_model_concurrency: usize,
    ) {
        let spec = spec(id, model, max_model_len, max_model_concurrency);
        self.engine.add_model(ModelSpec { vocabulary: byte_vocabulary(&[]), ..spec }).unwrap();
    }

    /// Ends the engine and checks that every extent came back.
    pub fn close(self) {
        drop(self.engine);
        assert_eq!(self.memory.mapped_extents(), 0, "extents were lost");
    }

    /// Waits until the model has nothing left to do.
    pub fn wait_idle(&self, id: &str) {
        self.wait_until(id, |status| status.running == 0 && status.waiting == 0);
    }

    /// Waits until the model is in some state.
    pub fn wait_until(&self, id: &str, is_reached: impl Fn(&ModelStatus) -> bool) {
        for _ in 0..60_000 {
            if self.engine.status(id).is_some_and(|status| is_reached(&status)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("{id} does not come to it: {:?}", self.engine.status(id));
    }
}

pub fn spec(
    id: &str,
    model: FakeModel,
    max_model_len: usize,
    max_model_concurrency: usize,
) -> ModelSpec<FakeBackend> {
    ModelSpec {
        id: id.to_owned(),
        model: Box::new(model),
        max_model_len,
        max_model_concurrency,
        batch_wait: Duration::ZERO,
        vocabulary: byte_vocabulary(&[EOS]),
        retention: Retention::Pinned,
    }
}

/// Two are the same whatever was computed already for them, and whatever needed no computing.
#[derive(Clone, Debug)]
pub struct Answer {
    pub tokens: Vec<u32>,
    pub end: Result<(FinishReason, Usage), GenerationError>,
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        let end = |answer: &Self| {
            let computed = |(reason, usage)| (reason, Usage { cached_tokens: 0, forced_tokens: 0, ..usage });
            answer.end.clone().map(computed)
        };
        self.tokens == other.tokens && end(self) == end(other)
    }
}

/// Reads a generation to its end.
pub fn read(mut generation: Generation) -> Answer {
    let mut tokens = Vec::new();
    while let Some(event) = generation.blocking_next() {
        match event {
            Event::Token { id, .. } => tokens.push(id),
            Event::Finished { reason, usage } => return Answer { tokens, end: Ok((reason, usage)) },
            Event::Failed(error) => return Answer { tokens, end: Err(error) },
        }
    }
    panic!("the events ended without a last one, after {} tokens", tokens.len());
}

/// What the request, without a grammar, must give.
pub fn reference(groups: &[KvLayout], request: &Request, max_model_len: usize) -> Answer {
    let room = max_model_len - request.prompt.len();
    let limit = request.max_tokens.unwrap_or(room).min(room);
    let mut decoder = ReferenceDecoder::new(groups, VOCAB_SIZE);
    request.prompt.iter().for_each(|&token| decoder.push(token));
    let mut tokens = Vec::new();
    let mut end = FinishReason::Length;
    let mut completion_tokens = 0;
    while completion_tokens < limit {
        let row = RowSampling {
            temperature: request.sampling.temperature,
            top_k: request.sampling.top_k,
            top_p: request.sampling.top_p,
            min_p: request.sampling.min_p,
            seed: request.seed.unwrap(),
            position: completion_tokens as u64,
            return_logits: false,
        };
        let may_end = completion_tokens >= request.min_tokens;
        let mask = (!may_end).then(|| all_but_ends(request));
        let token = decoder.sample(&adjustments(request, &tokens), &row, mask.as_deref());
        completion_tokens += 1;
        if is_end(request, token) {
            end = FinishReason::Stop;
            break;
        }
        tokens.push(token);
        decoder.push(token);
    }
    let usage = Usage { prompt_tokens: request.prompt.len(), completion_tokens, ..Usage::default() };
    Answer { tokens, end: Ok((end, usage)) }
}

/// What the request's penalties and biases change after these tokens of an answer, counted anew.
fn adjustments(request: &Request, answer: &[u32]) -> Vec<LogitAdjustment> {
    let Sampling { repetition_penalty, frequency_penalty, presence_penalty, logit_bias, .. } =
        &request.sampling;
    let of = |token: u32| {
        let count = answer.iter().filter(|&&other| other == token).count();
        let repetition = if count > 0 || request.prompt.contains(&token) { *repetition_penalty } else { 1.0 };
        let penalty = if count > 0 { frequency_penalty * count as f32 + presence_penalty } else { 0.0 };
        let bias =
            logit_bias.as_ref().and_then(|biases| biases.get(&token)).copied().unwrap_or_default() - penalty;
        LogitAdjustment { token, repetition, bias }
    };
    let changes = |adjustment: &LogitAdjustment| adjustment.repetition != 1.0 || adjustment.bias != 0.0;
    (0..VOCAB_SIZE as u32).map(of).filter(changes).collect()
}

/// The embedding of a prompt, as it is normalised by nobody.
pub fn embedding_reference(groups: &[KvLayout], prompt: &[u32], pooling: Pooling) -> Vec<f32> {
    let mut decoder = ReferenceDecoder::new(groups, VOCAB_SIZE);
    let mut hidden = Vec::new();
    for &token in prompt {
        decoder.push(token);
        hidden.push(decoder.hidden());
    }
    let chosen = match pooling {
        Pooling::Last => &hidden[prompt.len() - 1..],
        Pooling::First => &hidden[..1],
        Pooling::Mean => &hidden,
    };
    let sum = |feature: usize| chosen.iter().map(|hidden| f64::from(hidden[feature])).sum::<f64>();
    (0..HIDDEN_SIZE).map(|feature| (sum(feature) / chosen.len() as f64) as f32).collect()
}

fn is_end(request: &Request, token: u32) -> bool {
    token == EOS && !request.ignore_eos || request.stop_tokens.contains(&token)
}

fn all_but_ends(request: &Request) -> Vec<u32> {
    let mut mask = vec![0; VOCAB_SIZE.div_ceil(32)];
    for token in (0..VOCAB_SIZE as u32).filter(|&token| !is_end(request, token)) {
        mask[token as usize / 32] |= 1 << (token % 32);
    }
    mask
}

/// SplitMix64: the same numbers in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
