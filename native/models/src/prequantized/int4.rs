use conduit_backend::{Axis, NibbleLayout, Nibbles, Numbers, Prequantized, ZeroPoints};

use super::Read;
use super::group_order::group_order;
use crate::error::Result;
use crate::weight_files::{FileTensor, WeightFiles};

/// Numbers that a word holds.
const PER_WORD: usize = 8;

/// The outputs that the nibbles of AWQ's words hold, the lowest bits first.
const AWQ_NEIGHBOURS: [u8; PER_WORD] = [0, 2, 4, 6, 1, 3, 5, 7];

/// Tensors of a layer, and how large its groups are.
struct Layer<'a> {
    files: &'a WeightFiles,
    name: &'a str,
    shape: [usize; 2],
    group: usize,
}

impl<'a> Layer<'a> {
    fn new(files: &'a WeightFiles, name: &'a str, shape: [usize; 2], group: Option<usize>) -> Self {
        Self { files, name, shape, group: group.unwrap_or(shape[1]).min(shape[1]) }
    }

    fn groups(&self) -> usize {
        self.shape[1].div_ceil(self.group)
    }

    fn has(&self, part: &str) -> bool {
        self.files.has(&format!("{}.{part}", self.name))
    }

    fn tensor(&self, part: &str, shape: &[usize]) -> Result<FileTensor> {
        let tensor = self.files.any_tensor(&format!("{}.{part}", self.name))?;
        tensor.expect_shape(shape)?;
        Ok(tensor)
    }

    fn nibbles(&self, part: &str, shape: &[usize], layout: NibbleLayout) -> Result<(FileTensor, Nibbles)> {
        let words = self.tensor(part, shape)?;
        words.expect_words()?;
        let data = words.data.clone();
        Ok((words, Nibbles { data, layout }))
    }
}

/// Words that each hold eight inputs of an output, in rows of all outputs.
pub fn gptq(
    files: &WeightFiles,
    name: &str,
    shape: [usize; 2],
    group_size: Option<usize>,
    zero_point_offset: u8,
) -> Read {
    let layer = Layer::new(files, name, shape, group_size);
    if !layer.has("qweight") {
        return Ok(None);
    }
    let ([outputs, inputs], groups) = (shape, layer.groups());
    let layout = NibbleLayout { word: Axis::Input, rows: Axis::Input, neighbours: NibbleLayout::IN_ORDER };
    let (file, numbers) = layer.nibbles("qweight", &[inputs.div_ceil(PER_WORD), outputs], layout)?;
    let zero_layout = NibbleLayout { word: Axis::Output, ..layout };
    let (_, stored) = layer.nibbles("qzeros", &[groups, outputs.div_ceil(PER_WORD)], zero_layout)?;
    let order = match layer.has("g_idx") {
        true => group_order(&layer.tensor("g_idx", &[inputs])?, layer.group)?,
        false => None,
    };
    let weight = Prequantized {
        name: file.name.clone(),
        shape,
        numbers: Numbers::U4(numbers),
        block: [1, layer.group],
        scales: layer.tensor("scales", &[groups, outputs])?.into_raw()?,
        scale_rows: Axis::Input,
        zero_points: ZeroPoints::Blocks { stored, offset: zero_point_offset },
        order,
    };
    Ok(Some((file, weight)))
}

/// Words that each hold eight outputs of an input, interleaved.
pub fn awq(files: &WeightFiles, name: &str, shape: [usize; 2], group_size: usize) -> Read {
    let layer = Layer::new(files, name, shape, Some(group_size));
    if !layer.has("qweight") {
        return Ok(None);
    }
    let ([outputs, inputs], groups) = (shape, layer.groups());
    let layout = NibbleLayout { word: Axis::Output, rows: Axis::Input, neighbours: AWQ_NEIGHBOURS };
    let words = outputs.div_ceil(PER_WORD);
    let (file, numbers) = layer.nibbles("qweight", &[inputs, words], layout)?;
    let (_, stored) = layer.nibbles("qzeros", &[groups, words], layout)?;
    let weight = Prequantized {
        name: file.name.clone(),
        shape,
        numbers: Numbers::U4(numbers),
        block: [1, layer.group],
        scales: layer.tensor("scales", &[groups, outputs])?.into_raw()?,
        scale_rows: Axis::Input,
        zero_points: ZeroPoints::Blocks { stored, offset: 0 },
        order: None,
    };
    Ok(Some((file, weight)))
}

/// Words that each hold eight inputs of an output, row after row. Numbers and zero points have 8 added to them.
pub fn packed(
    files: &WeightFiles,
    name: &str,
    shape: [usize; 2],
    group_size: Option<usize>,
    is_symmetric: bool,
) -> Read {
    let layer = Layer::new(files, name, shape, group_size);
    if !layer.has("weight_packed") {
        return Ok(None);
    }
    let ([outputs, inputs], groups) = (shape, layer.groups());
    let layout = NibbleLayout { word: Axis::Input, rows: Axis::Output, neighbours: NibbleLayout::IN_ORDER };
    let (file, numbers) = layer.nibbles("weight_packed", &[outputs, inputs.div_ceil(PER_WORD)], layout)?;
    let zero_points = match is_symmetric {
        true => ZeroPoints::All(8),
        false => {
            let layout = NibbleLayout { word: Axis::Output, ..layout };
            let shape = [outputs.div_ceil(PER_WORD), groups];
            let (_, stored) = layer.nibbles("weight_zero_point", &shape, layout)?;
            ZeroPoints::Blocks { stored, offset: 0 }
        }
    };
    let order = match layer.has("weight_g_idx") {
        true => group_order(&layer.tensor("weight_g_idx", &[inputs])?, layer.group)?,
        false => None,
    };
    let weight = Prequantized {
        name: file.name.clone(),
        shape,
        numbers: Numbers::U4(numbers),
        block: [1, layer.group],
        scales: layer.tensor("weight_scale", &[outputs, groups])?.into_raw()?,
        scale_rows: Axis::Output,
        zero_points,
        order,
    };
    Ok(Some((file, weight)))
}
