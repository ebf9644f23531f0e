use serde_json::Value;

use super::Prequantization;
use crate::error::Result;
use crate::fields::Fields;

/// Where configs say it, and how its fields are named in messages.
const KEYS: [(&str, &str); 2] =
    [("quantization_config", "quantization_config."), ("compression_config", "compression_config.")];

/// How compressed-tensors lays tensors out where they are as [`Prequantization`] has them.
const FORMATS: [&str; 3] = ["float-quantized", "naive-quantized", "pack-quantized"];

/// Reads how the weights were quantised.
///
/// What layers were left as they are is not read: their tensors say that. Neither is how input is to be rounded, nor in what
/// type the cache is to be: both stay exact.
///
/// # Errors
/// What is not supported, by its name.
pub fn read_prequantization(config: &Fields) -> Result<Option<Prequantization>> {
    for (key, path) in KEYS {
        let Some(fields) = config.object(key, path)? else { continue };
        return match fields.string("quant_method")? {
            Some("fp8") => fp8(&fields).map(Some),
            Some("gptq") => gptq(&fields).map(Some),
            Some("awq") => awq(&fields).map(Some),
            Some("compressed-tensors") => compressed_tensors(&fields).map(Some),
            other => Err(fields.unsupported(
                "quant_method",
                other.unwrap_or("unnamed"),
                "fp8, gptq, awq, compressed-tensors",
            )),
        };
    }
    Ok(None)
}

fn fp8(fields: &Fields) -> Result<Prequantization> {
    match fields.string("fmt")? {
        None | Some("e4m3") => {}
        Some(other) => return Err(fields.unsupported("fmt", other, "e4m3")),
    }
    Ok(Prequantization::Fp8 { block: block(fields, "weight_block_size")? })
}

fn gptq(fields: &Fields) -> Result<Prequantization> {
    four_bits(fields, "bits")?;
    let zero_points_less_one = match fields.string("checkpoint_format")? {
        None | Some("gptq") => true,
        Some("gptq_v2") => false,
        Some(other) => return Err(fields.unsupported("checkpoint_format", other, "gptq, gptq_v2")),
    };
    if let Some(rules) = fields.get("dynamic").and_then(Value::as_object) {
        // Rules that leave layers out begin so; others quantise them in another way.
        if let Some((rule, _)) = rules.iter().find(|(rule, _)| !rule.starts_with("-:")) {
            return Err(fields.unsupported("dynamic", rule, "rules that begin with -:"));
        }
    }
    let has_act_order = fields.bool("desc_act")?.unwrap_or(false);
    Ok(Prequantization::Gptq { group_size: group_size(fields)?, zero_points_less_one, has_act_order })
}

fn awq(fields: &Fields) -> Result<Prequantization> {
    four_bits(fields, "bits")?;
    let version = fields.string("version")?.unwrap_or("gemm");
    if !version.eq_ignore_ascii_case("gemm") {
        return Err(fields.unsupported("version", version, "gemm"));
    }
    if fields.bool("zero_point")? == Some(false) {
        return Err(fields.unsupported("zero_point", "false", "true"));
    }
    let group_size = fields.size("group_size")?.ok_or_else(|| fields.invalid("group_size", "is missing"))?;
    Ok(Prequantization::Awq { group_size })
}

fn compressed_tensors(fields: &Fields) -> Result<Prequantization> {
    let sparsity = fields.object("sparsity_config", "quantization_config.sparsity_config.")?;
    let sparsity = sparsity.as_ref().and_then(|sparsity| sparsity.get("format"));
    if let Some(format) = sparsity.filter(|format| *format != "dense") {
        return Err(fields.unsupported("sparsity_config.format", format, "dense"));
    }
    if let Some(transforms) = fields.object("transform_config", "")?.filter(|fields| !fields.is_empty()) {
        let named = transforms.get("config_groups").unwrap_or(&Value::Null);
        return Err(fields.unsupported("transform_config", named, "none"));
    }
    if let Some(format) = fields.string("format")?.filter(|format| !FORMATS.contains(format)) {
        return Err(fields.unsupported("format", format, "float-quantized, naive-quantized, pack-quantized"));
    }
    let groups = fields.get("config_groups").and_then(Value::as_object);
    let schemes = groups.into_iter().flat_map(|groups| groups.values());
    let mut schemes = schemes.filter_map(|scheme| scheme.get("weights").and_then(Value::as_object));
    let Some(weights) = schemes.next() else {
        return Err(fields.invalid("config_groups", "says nothing of weights"));
    };
    let weights = Fields::new(weights, "quantization_config.config_groups.weights.");
    let scheme = scheme(&weights)?;
    for other in schemes {
        if self::scheme(&Fields::new(other, "quantization_config.config_groups.weights."))? != scheme {
            return Err(fields.unsupported("config_groups", "several schemes", "one for all layers"));
        }
    }
    Ok(scheme)
}

/// How compressed-tensors describes the weights of a group of layers.
fn scheme(weights: &Fields) -> Result<Prequantization> {
    let bits = weights.required_size("num_bits")?;
    let kind = weights.string("type")?.unwrap_or("int");
    let strategy = weights.string("strategy")?.unwrap_or("tensor");
    let is_symmetric = weights.bool("symmetric")?.unwrap_or(true);
    let unsupported = |supported| Err(weights.unsupported("strategy", strategy, supported));
    match (kind, bits) {
        ("float", 8) => match strategy {
            "tensor" | "channel" => Ok(Prequantization::Fp8 { block: None }),
            "block" => Ok(Prequantization::Fp8 { block: block(weights, "block_structure")? }),
            "group" => Ok(Prequantization::Fp8 { block: Some([1, weights.required_size("group_size")?]) }),
            _ => unsupported("tensor, channel, block, group"),
        },
        ("int", 4) => match strategy {
            "channel" => Ok(Prequantization::PackedInt4 { group_size: None, is_symmetric }),
            "group" => Ok(Prequantization::PackedInt4 { group_size: group_size(weights)?, is_symmetric }),
            _ => unsupported("channel, group"),
        },
        _ => Err(weights.unsupported(
            "type",
            format!("{kind} of {bits} bits"),
            "float of 8 bits, int of 4 bits",
        )),
    }
}

fn four_bits(fields: &Fields, key: &str) -> Result<()> {
    match fields.required_size(key)? {
        4 => Ok(()),
        other => Err(fields.unsupported(key, other, "4")),
    }
}

/// Input features of a group; -1 means all.
fn group_size(fields: &Fields) -> Result<Option<usize>> {
    const KEY: &str = "group_size";
    match fields.get(KEY).and_then(Value::as_i64) {
        Some(-1) => Ok(None),
        _ => fields.required_size(KEY).map(Some),
    }
}

/// Output and input features that share a scale.
fn block(fields: &Fields, key: &str) -> Result<Option<[usize; 2]>> {
    let Some(sizes) = fields.array(key)? else { return Ok(None) };
    let sizes: Vec<_> =
        sizes.iter().map(|size| size.as_u64().filter(|size| (1..=1 << 20).contains(size))).collect();
    match *sizes {
        [Some(rows), Some(columns)] => Ok(Some([rows as usize, columns as usize])),
        _ => Err(fields.invalid(key, "expected two whole numbers from 1 to 1048576")),
    }
}
