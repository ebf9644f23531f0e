use crate::error::Result;
use crate::fields::Fields;

/// Base of the frequencies where a config names none; the same in all families.
const DEFAULT_THETA: f64 = 10_000.0;

const SUPPORTED_TYPES: &str = "default, linear, llama3, yarn";

/// Rotary position embedding, as `config.json` describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    pub theta: f64,
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

impl Rope {
    /// Reads either spelling: `rope_theta` with `rope_scaling`, or `rope_parameters` of transformers 5.
    pub(crate) fn read(config: &Fields, max_position_embeddings: usize) -> Result<Self> {
        let old = config.object("rope_scaling", "rope_scaling.")?;
        let new = config.object("rope_parameters", "rope_parameters.")?;
        let top_theta = read_theta(config)?.unwrap_or(DEFAULT_THETA);
        refuse_partial(config)?;
        let Some(rope) = old.filter(|rope| !rope.is_empty()).or(new) else {
            return Ok(Self { theta: top_theta, scaling: RopeScaling::Default });
        };
        refuse_partial(&rope)?;
        for layer_type in ["full_attention", "sliding_attention"] {
            if rope.get(layer_type).is_some() {
                return Err(rope.unsupported(layer_type, "{…}", "the same parameters for all layers"));
            }
        }
        let theta = read_theta(&rope)?.unwrap_or(top_theta);
        let key = if rope.get("rope_type").is_some() { "rope_type" } else { "type" };
        let original_max_positions = || -> Result<usize> {
            const KEY: &str = "original_max_position_embeddings";
            let original = config.count(KEY, 1)?.or(rope.count(KEY, 1)?);
            Ok(original.unwrap_or(max_position_embeddings))
        };
        let scaling = match rope.string(key)?.unwrap_or("default") {
            "default" => RopeScaling::Default,
            "linear" => RopeScaling::Linear { factor: rope.required_positive("factor")? },
            "llama3" => read_llama3(&rope, original_max_positions()?)?,
            "yarn" => {
                RopeScaling::Yarn(read_yarn(&rope, original_max_positions()?, max_position_embeddings)?)
            }
            other => return Err(rope.unsupported(key, other, SUPPORTED_TYPES)),
        };
        Ok(Self { theta, scaling })
    }

    /// `head_dim / 2` angular frequencies in radians per position, in f32 where transformers computes in f32.
    pub fn inverse_frequencies(&self, head_dim: usize) -> Vec<f32> {
        let plain = (0..head_dim / 2).map(|index| {
            let exponent = (2 * index) as f32 / head_dim as f32;
            self.theta.powf(f64::from(exponent)) as f32
        });
        match &self.scaling {
            RopeScaling::Default => plain.map(|base| 1.0 / base).collect(),
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
                let (low, high) = yarn.correction_range(head_dim, self.theta);
                let scale = |(index, base): (usize, f32)| {
                    let ramp = ((index as f32 - low as f32) / (high - low) as f32).clamp(0.0, 1.0);
                    let kept = 1.0 - ramp;
                    1.0 / (yarn.factor as f32 * base) * (1.0 - kept) + 1.0 / base * kept
                };
                plain.enumerate().map(scale).collect()
            }
        }
    }

    /// Factor on cosines and sines.
    pub fn attention_factor(&self) -> f32 {
        match &self.scaling {
            RopeScaling::Yarn(yarn) => yarn.attention_factor as f32,
            _ => 1.0,
        }
    }

    /// Positions that the scaled encoding was made for, of a model with `max_position_embeddings`.
    pub(crate) fn max_positions(&self, max_position_embeddings: usize) -> usize {
        let scaled = match &self.scaling {
            RopeScaling::Default | RopeScaling::Linear { .. } | RopeScaling::Factors(_) => 0.0,
            RopeScaling::Llama3 { factor, original_max_positions, .. } => {
                factor * *original_max_positions as f64
            }
            RopeScaling::Yarn(yarn) => yarn.factor * yarn.original_max_positions as f64,
        };
        max_position_embeddings.max(scaled as usize)
    }
}

impl Yarn {
    /// The dimensions between which frequencies go over from kept to divided.
    fn correction_range(&self, head_dim: usize, theta: f64) -> (f64, f64) {
        let dimension = |turns: f64| {
            let wavelengths = self.original_max_positions as f64 / (turns * std::f64::consts::TAU);
            head_dim as f64 * wavelengths.ln() / (2.0 * theta.ln())
        };
        let (low, high) = (dimension(self.beta_fast), dimension(self.beta_slow));
        let (low, high) = if self.truncate { (low.floor(), high.ceil()) } else { (low, high) };
        let (low, high) = (low.max(0.0), high.min(head_dim as f64 - 1.0));
        if low == high { (low, high + 0.001) } else { (low, high) }
    }
}

fn read_theta(fields: &Fields) -> Result<Option<f64>> {
    match fields.positive("rope_theta")? {
        Some(theta) if theta <= 1.0 => Err(fields.invalid("rope_theta", "is not above 1")),
        theta => Ok(theta),
    }
}

fn refuse_partial(fields: &Fields) -> Result<()> {
    const KEY: &str = "partial_rotary_factor";
    match fields.positive(KEY)? {
        Some(factor) if factor != 1.0 => Err(fields.unsupported(KEY, factor, "1")),
        _ => Ok(()),
    }
}

fn read_llama3(rope: &Fields, original_max_positions: usize) -> Result<RopeScaling> {
    let factor = rope.required_positive("factor")?;
    let low_freq_factor = rope.required_positive("low_freq_factor")?;
    let high_freq_factor = rope.required_positive("high_freq_factor")?;
    if high_freq_factor <= low_freq_factor {
        return Err(rope.invalid("high_freq_factor", "is not above low_freq_factor"));
    }
    Ok(RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_max_positions })
}

fn read_yarn(rope: &Fields, original_max_positions: usize, max_position_embeddings: usize) -> Result<Yarn> {
    let ratio = max_position_embeddings as f64 / original_max_positions as f64;
    let factor = rope.positive("factor")?.unwrap_or(ratio);
    let scale = |mscale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * mscale * factor.ln() + 1.0 };
    let attention_factor =
        match (rope.positive("attention_factor")?, rope.number("mscale")?, rope.number("mscale_all_dim")?) {
            (Some(attention_factor), _, _) => attention_factor,
            (None, Some(mscale), Some(all)) if mscale != 0.0 && all != 0.0 => scale(mscale) / scale(all),
            (None, _, _) => scale(1.0),
        };
    Ok(Yarn {
        factor,
        original_max_positions,
        attention_factor,
        beta_fast: rope.positive("beta_fast")?.unwrap_or(32.0),
        beta_slow: rope.positive("beta_slow")?.unwrap_or(1.0),
        truncate: rope.bool("truncate")?.unwrap_or(true),
    })
}

#[cfg(test)]
mod tests;
