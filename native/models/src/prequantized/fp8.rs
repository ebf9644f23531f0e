use conduit_backend::{Axis, Numbers, Prequantized, ZeroPoints};
use safetensors::tensor::Dtype;

use super::Read;
use crate::error::Result;
use crate::weight_files::{FileTensor, StoredType, WeightFiles};

/// What publishers call the scales. Both multiply, whatever the second one's name says.
const SCALES: [&str; 2] = ["weight_scale", "weight_scale_inv"];

/// A layer's `weight` in FP8 with its scales; `None` where the `weight` is in another type.
pub fn read(files: &WeightFiles, layer: &str, shape: [usize; 2], block: Option<[usize; 2]>) -> Read {
    let numbers = files.any_tensor(&format!("{layer}.weight"))?;
    if numbers.dtype != StoredType::Plain(Dtype::F8_E4M3) {
        return Ok(None);
    }
    numbers.expect_shape(&shape)?;
    let name = SCALES.map(|name| format!("{layer}.{name}"));
    let scales = files.any_tensor(name.iter().find(|name| files.has(name)).unwrap_or(&name[0]))?;
    let block = match block {
        Some(block) => {
            scales.expect_shape(&[shape[0].div_ceil(block[0]), shape[1].div_ceil(block[1])])?;
            block
        }
        None => block_of(&scales, shape)?,
    };
    let weight = Prequantized {
        name: numbers.name.clone(),
        shape,
        numbers: Numbers::F8E4M3(numbers.data.clone()),
        block,
        scales: scales.into_scales()?,
        scale_rows: Axis::Output,
        zero_points: ZeroPoints::All(0),
        order: None,
    };
    Ok(Some((numbers, weight)))
}

/// What shares a scale, by how many there are.
fn block_of(scales: &FileTensor, shape: [usize; 2]) -> Result<[usize; 2]> {
    match *scales.shape {
        [] | [1] | [1, 1] => Ok(shape),
        [rows] if rows == shape[0] => Ok([1, shape[1]]),
        _ => scales.expect_shape(&[shape[0], 1]).map(|()| [1, shape[1]]),
    }
}
