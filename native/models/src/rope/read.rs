use serde_json::Value;

use super::{LongRope, Rope, RopeScaling, Yarn};
use crate::error::Result;
use crate::fields::Fields;

const SUPPORTED_TYPES: &str = "default, linear, dynamic, llama3, yarn, longrope";

/// What a rotary embedding has from the rest of the config and from its family.
pub(crate) struct RopeContext {
    pub head_dim: usize,
    pub max_position_embeddings: usize,
    /// The family's, where neither the config nor the scaling names one.
    pub original_max_positions: Option<usize>,
    /// Base of the frequencies where the config names none.
    pub theta: f64,
    /// Phi-3 alone rotates a part of each head, and it says yarn where it means longrope.
    pub is_phi3: bool,
}

/// Base of the layers of Gemma 3 that slide.
const GEMMA3_LOCAL_THETA: f64 = 10_000.0;

impl Rope {
    /// Reads either spelling: `rope_theta` with `rope_scaling`, or `rope_parameters` of transformers 5.
    pub(crate) fn read(config: &Fields, context: &RopeContext) -> Result<Self> {
        let old = config.object("rope_scaling", "rope_scaling.")?;
        let new = config.object("rope_parameters", "rope_parameters.")?;
        let rope = old.filter(|rope| !rope.is_empty()).or(new);
        if let Some(rope) = &rope {
            for layer_type in ["full_attention", "sliding_attention"] {
                if rope.get(layer_type).is_some() {
                    return Err(rope.unsupported(layer_type, "{…}", "the same parameters for all layers"));
                }
            }
        }
        read_rope(config, rope.as_ref(), read_theta(config, "rope_theta")?, context)
    }

    /// The two of Gemma 3: that of layers that see everything, which alone is scaled by `rope_scaling`, and that of layers that
    /// slide.
    pub(crate) fn read_pair(config: &Fields, context: &RopeContext) -> Result<(Self, Self)> {
        let scaling = config.object("rope_scaling", "rope_scaling.")?.filter(|rope| !rope.is_empty());
        let parameters = config.object("rope_parameters", "rope_parameters.")?;
        let of = |layer_type: &'static str, path: &'static str| match &parameters {
            Some(parameters) => parameters.object(layer_type, path),
            None => Ok(None),
        };
        let full = of("full_attention", "rope_parameters.full_attention.")?;
        let sliding = of("sliding_attention", "rope_parameters.sliding_attention.")?;
        let is_flat = full.is_none() && sliding.is_none();
        if let Some(parameters) = parameters.filter(|parameters| is_flat && !parameters.is_empty()) {
            return Err(parameters.invalid("full_attention", "is missing, and so is sliding_attention"));
        }
        let global =
            read_rope(config, scaling.or(full).as_ref(), read_theta(config, "rope_theta")?, context)?;
        let local_theta = read_theta(config, "rope_local_base_freq")?.unwrap_or(GEMMA3_LOCAL_THETA);
        let local = read_rope(config, sliding.as_ref(), Some(local_theta), context)?;
        Ok((global, local))
    }
}

/// `theta` is what the config says beside the parameters of `rope`.
fn read_rope(
    config: &Fields,
    rope: Option<&Fields>,
    theta: Option<f64>,
    context: &RopeContext,
) -> Result<Rope> {
    let theta = theta.unwrap_or(context.theta);
    let Some(rope) = rope else {
        let rotary_dim = read_rotary_dim(config, None, context)?;
        return Ok(Rope { theta, rotary_dim, scaling: RopeScaling::Default });
    };
    let theta = read_theta(rope, "rope_theta")?.unwrap_or(theta);
    let rotary_dim = read_rotary_dim(config, Some(rope), context)?;
    let key = if rope.get("rope_type").is_some() { "rope_type" } else { "type" };
    let original_max_positions = || -> Result<usize> {
        const KEY: &str = "original_max_position_embeddings";
        let stated = config.count(KEY, 1)?.or(context.original_max_positions);
        Ok(stated.or(rope.count(KEY, 1)?).unwrap_or(context.max_position_embeddings))
    };
    let scaling = match rope.string(key)?.unwrap_or("default") {
        "default" => RopeScaling::Default,
        "linear" => RopeScaling::Linear { factor: rope.required_positive("factor")? },
        "dynamic" if rotary_dim == 2 => {
            return Err(rope.unsupported(key, "dynamic", "it with more dimensions than 2"));
        }
        "dynamic" => RopeScaling::Dynamic {
            factor: read_dynamic_factor(rope)?,
            original_max_positions: context.max_position_embeddings,
        },
        "llama3" => read_llama3(rope, original_max_positions()?)?,
        // `su` and `yarn` are what the first configs of Phi-3 called it.
        kind if matches!(kind, "longrope" | "su") || (kind == "yarn" && context.is_phi3) => {
            RopeScaling::LongRope(read_longrope(
                rope,
                rotary_dim,
                original_max_positions()?,
                context.max_position_embeddings,
            )?)
        }
        "yarn" => {
            RopeScaling::Yarn(read_yarn(rope, original_max_positions()?, context.max_position_embeddings)?)
        }
        other => return Err(rope.unsupported(key, other, SUPPORTED_TYPES)),
    };
    Ok(Rope { theta, rotary_dim, scaling })
}

fn read_rotary_dim(config: &Fields, rope: Option<&Fields>, context: &RopeContext) -> Result<usize> {
    const KEY: &str = "partial_rotary_factor";
    let inner = rope.filter(|rope| rope.get(KEY).is_some());
    let fields = inner.unwrap_or(config);
    let factor = fields.positive(KEY)?.unwrap_or(1.0);
    if factor != 1.0 && !context.is_phi3 {
        return Err(fields.unsupported(KEY, factor, "1"));
    }
    let rotary_dim = (context.head_dim as f64 * factor) as usize;
    if factor > 1.0 || rotary_dim == 0 || !rotary_dim.is_multiple_of(2) {
        let found = format!("{factor} of heads of {} is no even number in them", context.head_dim);
        return Err(fields.invalid(KEY, found));
    }
    Ok(rotary_dim)
}

fn read_theta(fields: &Fields, key: &'static str) -> Result<Option<f64>> {
    match fields.positive(key)? {
        Some(theta) if theta <= 1.0 => Err(fields.invalid(key, "is not above 1")),
        theta => Ok(theta),
    }
}

fn read_dynamic_factor(rope: &Fields) -> Result<f64> {
    match rope.required_positive("factor")? {
        factor if factor < 1.0 => Err(rope.invalid("factor", "is below 1")),
        factor => Ok(factor),
    }
}

fn read_longrope(
    rope: &Fields,
    rotary_dim: usize,
    original_max_positions: usize,
    max_position_embeddings: usize,
) -> Result<LongRope> {
    let factors = |key: &'static str| -> Result<Vec<f64>> {
        let stated = rope.array(key)?.ok_or_else(|| rope.invalid(key, "is missing"))?;
        let positive = |value: &Value| value.as_f64().filter(|factor| factor.is_finite() && *factor > 0.0);
        let factors: Option<Vec<f64>> = stated.iter().map(positive).collect();
        factors.filter(|factors| factors.len() == rotary_dim / 2).ok_or_else(|| {
            rope.invalid(key, format!("expected {} numbers above 0, found {}", rotary_dim / 2, stated.len()))
        })
    };
    let ratio = max_position_embeddings as f64 / original_max_positions as f64;
    let factor = rope.positive("factor")?.unwrap_or(ratio);
    let grown = (1.0 + factor.ln() / (original_max_positions as f64).ln()).sqrt();
    let attention_factor = match rope.positive("attention_factor")? {
        Some(attention_factor) => attention_factor,
        None if factor <= 1.0 => 1.0,
        None if original_max_positions < 2 => {
            return Err(rope.invalid("attention_factor", "is missing for an original context of 1"));
        }
        None => grown,
    };
    let (short_factors, long_factors) = (factors("short_factor")?, factors("long_factor")?);
    Ok(LongRope { short_factors, long_factors, original_max_positions, attention_factor })
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
