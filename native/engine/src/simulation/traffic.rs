use conduit_backend::KvLayout;

use super::common::{Random, VOCAB_SIZE, full_attention, wide_attention, window};
use crate::{Request, Sampling};

/// The cache of a model.
pub(super) fn layouts(random: &mut Random) -> Vec<KvLayout> {
    let few = KvLayout { layers: 16, ..wide_attention() };
    match random.below(5) {
        0 => vec![full_attention()],
        1 => vec![wide_attention()],
        2 => vec![full_attention(), window(5)],
        3 => vec![window(20), few],
        _ => vec![few],
    }
}

/// Who asks for what.
pub(super) struct Traffic {
    clients: Vec<std::sync::Arc<str>>,
    /// Most tokens that a request usually asks for.
    answer_tokens: usize,
    /// What many prompts begin with.
    openings: Vec<Vec<u32>>,
}

impl Traffic {
    pub(super) fn new(random: &mut Random) -> Self {
        let clients = (0..1 + random.below(6)).map(|client| format!("client {client}").into()).collect();
        let openings = (0..3).map(|_| tokens(random, 40)).collect();
        Self { clients, answer_tokens: [40, 250][random.below(2)], openings }
    }

    pub(super) fn request(&self, random: &mut Random, max_model_len: usize) -> Request {
        let mut prompt = if random.chance(50) {
            self.openings[random.below(self.openings.len())].clone()
        } else {
            Vec::new()
        };
        prompt.extend(tokens(random, max_model_len));
        prompt.truncate(max_model_len - 1);
        let room = max_model_len - prompt.len();
        let sampling = match random.below(5) {
            0 => Sampling { temperature: 1.5, ..Sampling::default() },
            1 => Sampling { top_p: 0.7, top_k: 20, ..Sampling::default() },
            2 => Sampling { repetition_penalty: 1.2, frequency_penalty: 0.5, ..Sampling::default() },
            _ => Sampling::GREEDY,
        };
        let max_tokens = random.chance(70).then(|| 1 + random.below(self.answer_tokens));
        let min_tokens = if random.chance(20) { room.min(max_tokens.unwrap_or(room)) / 2 } else { 0 };
        Request {
            prompt,
            max_tokens,
            sampling,
            seed: Some(random.next()),
            stop_tokens: if random.chance(20) { (0..30).collect() } else { Vec::new() },
            min_tokens,
            ignore_eos: random.chance(10),
            client: random
                .chance(90)
                .then(|| std::sync::Arc::clone(&self.clients[random.below(self.clients.len())])),
            ..Request::default()
        }
    }
}

/// Between one and `most` tokens, mostly few.
fn tokens(random: &mut Random, most: usize) -> Vec<u32> {
    let count = 1 + random.below(most).min(random.below(most));
    (0..count).map(|_| random.below(VOCAB_SIZE) as u32).collect()
}
