//! In what layers differ from each other: how far they see, and by which angles they rotate.

use serde_json::Value;

use super::Family;
use crate::error::Result;
use crate::fields::Fields;

/// Which rotary embedding a layer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerRope {
    /// [`super::Architecture::rope`]
    Global,
    /// [`super::Architecture::local_rope`]
    Local,
    /// None: keys say nothing of where they are.
    None,
}

/// For each layer how many positions a token sees, itself included, or `None` where it sees all.
pub(super) fn read_windows(config: &Fields, family: Family, layers: usize) -> Result<Vec<Option<usize>>> {
    const KEY: &str = "sliding_window";
    let stated = config.count(KEY, 1)?;
    let default = family.defaults().window.filter(|_| !config.is_null(KEY));
    let window = stated.or(default);
    let is_used = config.bool("use_sliding_window")?.unwrap_or(false);
    let slides: Vec<bool> = match family {
        Family::Llama => return Ok(vec![None; layers]),
        Family::Mistral | Family::Phi3 => return Ok(vec![window; layers]),
        Family::Qwen2 | Family::Qwen3 => {
            let full_layers = config.count("max_window_layers", 0)?.unwrap_or(28);
            (0..layers).map(|layer| is_used && layer >= full_layers).collect()
        }
        Family::SmolLm3 => {
            let rotates = read_rotated(config, layers)?;
            rotates.into_iter().map(|rotates| is_used && !rotates).collect()
        }
        Family::Gemma2 => every(2, layers),
        Family::Gemma3 => every(config.count("sliding_window_pattern", 1)?.unwrap_or(6), layers),
    };
    if family.is_gemma() && window.is_none() {
        return Err(config.invalid(KEY, "is null, but some layers slide"));
    }
    let window = window.filter(|_| is_used || family.is_gemma());
    match config.array("layer_types")? {
        Some(types) => read_layer_types(config, types, window, layers),
        None => Ok(slides.into_iter().map(|slides| window.filter(|_| slides)).collect()),
    }
}

/// Whether each layer slides where the last of every `period` does not.
fn every(period: usize, layers: usize) -> Vec<bool> {
    (1..=layers).map(|layer| !layer.is_multiple_of(period)).collect()
}

fn read_layer_types(
    config: &Fields,
    types: &[Value],
    window: Option<usize>,
    layers: usize,
) -> Result<Vec<Option<usize>>> {
    const KEY: &str = "layer_types";
    if types.len() != layers {
        return Err(config.invalid(KEY, format!("{} entries for num_hidden_layers = {layers}", types.len())));
    }
    let of_layer = |layer_type: &Value| match layer_type.as_str() {
        Some("full_attention") => Ok(None),
        Some("sliding_attention") if window.is_some() => Ok(window),
        Some("sliding_attention") => {
            Err(config.invalid(KEY, "has sliding_attention, but sliding_window or use_sliding_window is off"))
        }
        _ => Err(config.unsupported(KEY, layer_type, "full_attention, sliding_attention")),
    };
    types.iter().map(of_layer).collect()
}

pub(super) fn read_layer_ropes(
    config: &Fields,
    family: Family,
    windows: &[Option<usize>],
) -> Result<Vec<LayerRope>> {
    Ok(match family {
        Family::Gemma3 => {
            let of =
                |window: &Option<usize>| if window.is_some() { LayerRope::Local } else { LayerRope::Global };
            windows.iter().map(of).collect()
        }
        Family::SmolLm3 => {
            let of = |rotates| if rotates { LayerRope::Global } else { LayerRope::None };
            read_rotated(config, windows.len())?.into_iter().map(of).collect()
        }
        _ => vec![LayerRope::Global; windows.len()],
    })
}

/// Which layers have rotary embedding. What the config calls `no_rope_layers` marks those that do.
fn read_rotated(config: &Fields, layers: usize) -> Result<Vec<bool>> {
    const KEY: &str = "no_rope_layers";
    let Some(marks) = config.array(KEY)? else {
        return Ok(every(config.count("no_rope_layer_interval", 1)?.unwrap_or(4), layers));
    };
    if marks.len() < layers {
        return Err(config.invalid(KEY, format!("{} entries for num_hidden_layers = {layers}", marks.len())));
    }
    let of_layer = |mark: &Value| match mark.as_u64() {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(config.invalid(KEY, format!("expected 0 or 1, found {mark}"))),
    };
    marks[..layers].iter().map(of_layer).collect()
}
