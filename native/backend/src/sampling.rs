/// How the next token of one row is chosen, on the device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowSampling {
    /// 0 takes the most probable token.
    pub temperature: f32,
    /// Keep the `top_k` most probable tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the smallest set of most probable tokens whose probabilities reach this sum; 1 keeps all.
    pub top_p: f32,
    /// Drop tokens less probable than this share of the most probable one; 0 drops none.
    pub min_p: f32,
    /// Key of the counter-based random numbers, the same for a whole request.
    pub seed: u64,
    /// Counter of the random numbers: the number of tokens the request has generated before this one.
    pub position: u64,
    /// Also return the row's logits, before mask and temperature. For logprobs and tests.
    pub return_logits: bool,
}

impl RowSampling {
    /// The most probable token.
    pub const GREEDY: Self = Self {
        temperature: 0.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        seed: 0,
        position: 0,
        return_logits: false,
    };
}

/// Which tokens each row may take: bit `t % 32` of word `t / 32` is set for an allowed token `t`.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    /// One entry a row; `None` allows everything. A mask shorter than the vocabulary forbids what lies beyond it.
    pub rows: Vec<Option<Box<[u32]>>>,
}

impl Masks {
    /// No restriction on any of `rows` rows.
    pub fn none(rows: usize) -> Self {
        Self { rows: vec![None; rows] }
    }
}

/// What one row of a step gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RowOutput {
    pub token: u32,
    /// `[vocab]`, where [`RowSampling::return_logits`] asked for them.
    pub logits: Option<Vec<f32>>,
}

/// What a step gave, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    pub rows: Vec<RowOutput>,
    /// `[hidden_size]` for each of [`crate::StepInputs::hidden_tokens`]. A token's does not depend on what shares its step.
    pub hidden: Vec<Vec<f32>>,
}
