//! Rotary position embedding: what `config.json` says of it, and the frequencies that it stands for.

mod read;

pub(crate) use read::RopeContext;

/// Rotary position embedding, as `config.json` describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    pub theta: f64,
    /// Dimensions of a head that are rotated: the first ones.
    pub rotary_dim: usize,
    pub scaling: RopeScaling,
}

/// How the frequencies are changed for contexts longer than those of the first training.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    Default,
    /// All frequencies divided by `factor`.
    Linear {
        factor: f64,
    },
    /// Low frequencies divided by `factor`, high ones kept, those between interpolated (Llama 3.1).
    Llama3 {
        factor: f64,
        low_freq_factor: f64,
        high_freq_factor: f64,
        original_max_positions: usize,
    },
    Yarn(Yarn),
    /// A base that grows with the longest sequence beyond `original_max_positions` (NTK).
    Dynamic {
        factor: f64,
        original_max_positions: usize,
    },
    LongRope(LongRope),
    /// Each frequency divided by a factor of its own (GGUF's `rope_freqs.weight`, which Llama 3.1's scaling becomes).
    Factors(Vec<f32>),
}

/// YaRN (Peng et al., 2023) with the defaults of transformers filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Yarn {
    pub factor: f64,
    pub original_max_positions: usize,
    /// Factor on cosines and sines.
    pub attention_factor: f64,
    /// Turns within the original context above which a frequency is kept.
    pub beta_fast: f64,
    /// Turns below which a frequency is divided by `factor`.
    pub beta_slow: f64,
    /// Whether the bounds between them are rounded to whole dimensions.
    pub truncate: bool,
}

/// LongRoPE (Ding et al., 2024) with the defaults of transformers filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct LongRope {
    /// What each frequency is divided by where no sequence is longer than `original_max_positions`.
    pub short_factors: Vec<f64>,
    /// The same where one may be longer.
    pub long_factors: Vec<f64>,
    pub original_max_positions: usize,
    /// Factor on cosines and sines, whichever factors are in use.
    pub attention_factor: f64,
}

impl Rope {
    /// `rotary_dim / 2` angular frequencies in radians per position, in f32 where transformers computes in f32.
    ///
    /// Scaling that depends on the length is that of a sequence of `max_model_len` tokens, for all sequences. transformers chooses
    /// anew in every pass, and so compares queries with keys in the cache that were rotated by other angles; vLLM and llama.cpp
    /// choose once, as this does.
    pub fn inverse_frequencies(&self, max_model_len: usize) -> Vec<f32> {
        let dim = self.rotary_dim;
        let theta = self.theta * self.stretch(max_model_len);
        let plain = (0..dim / 2).map(|index| {
            let exponent = (2 * index) as f32 / dim as f32;
            theta.powf(f64::from(exponent)) as f32
        });
        match &self.scaling {
            RopeScaling::Default | RopeScaling::Dynamic { .. } => plain.map(|base| 1.0 / base).collect(),
            RopeScaling::Linear { factor } => plain.map(|base| 1.0 / base / *factor as f32).collect(),
            RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_max_positions } => {
                let (factor, low, high) = (*factor as f32, *low_freq_factor as f32, *high_freq_factor as f32);
                let scale = |base: f32| {
                    let frequency = 1.0 / base;
                    let turns = *original_max_positions as f32 * frequency / std::f32::consts::TAU;
                    let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                    (1.0 - kept) * frequency / factor + kept * frequency
                };
                plain.map(scale).collect()
            }
            RopeScaling::Factors(factors) => {
                plain.zip(factors).map(|(base, factor)| 1.0 / base / factor).collect()
            }
            RopeScaling::Yarn(yarn) => {
                let (low, high) = yarn.correction_range(dim, self.theta);
                let scale = |(index, base): (usize, f32)| {
                    let ramp = ((index as f32 - low as f32) / (high - low) as f32).clamp(0.0, 1.0);
                    let kept = 1.0 - ramp;
                    1.0 / (yarn.factor as f32 * base) * (1.0 - kept) + 1.0 / base * kept
                };
                plain.enumerate().map(scale).collect()
            }
            RopeScaling::LongRope(long) => {
                let factors = if max_model_len > long.original_max_positions {
                    &long.long_factors
                } else {
                    &long.short_factors
                };
                plain.zip(factors).map(|(base, factor)| 1.0 / (*factor as f32 * base)).collect()
            }
        }
    }

    /// What dynamic scaling multiplies the base by.
    fn stretch(&self, max_model_len: usize) -> f64 {
        let RopeScaling::Dynamic { factor, original_max_positions } = self.scaling else { return 1.0 };
        let longer = max_model_len.max(original_max_positions) as f64 / original_max_positions as f64;
        let dim = self.rotary_dim as f64;
        (factor * longer - (factor - 1.0)).powf(dim / (dim - 2.0))
    }

    /// Factor on cosines and sines.
    pub fn attention_factor(&self) -> f32 {
        match &self.scaling {
            RopeScaling::Yarn(yarn) => yarn.attention_factor as f32,
            RopeScaling::LongRope(long) => long.attention_factor as f32,
            _ => 1.0,
        }
    }

    /// Positions that the scaled encoding was made for, of a model with `max_position_embeddings`.
    pub(crate) fn max_positions(&self, max_position_embeddings: usize) -> usize {
        let scaled = match &self.scaling {
            RopeScaling::Default
            | RopeScaling::Linear { .. }
            | RopeScaling::LongRope(_)
            | RopeScaling::Factors(_) => 0.0,
            RopeScaling::Llama3 { factor, original_max_positions, .. }
            | RopeScaling::Dynamic { factor, original_max_positions } => {
                factor * *original_max_positions as f64
            }
            RopeScaling::Yarn(yarn) => yarn.factor * yarn.original_max_positions as f64,
        };
        max_position_embeddings.max(scaled as usize)
    }
}

impl Yarn {
    /// The dimensions between which frequencies go over from kept to divided.
    fn correction_range(&self, dim: usize, theta: f64) -> (f64, f64) {
        let dimension = |turns: f64| {
            let wavelengths = self.original_max_positions as f64 / (turns * std::f64::consts::TAU);
            dim as f64 * wavelengths.ln() / (2.0 * theta.ln())
        };
        let (low, high) = (dimension(self.beta_fast), dimension(self.beta_slow));
        let (low, high) = if self.truncate { (low.floor(), high.ceil()) } else { (low, high) };
        let (low, high) = (low.max(0.0), high.min(dim as f64 - 1.0));
        if low == high { (low, high + 0.001) } else { (low, high) }
    }
}

#[cfg(test)]
mod tests;
