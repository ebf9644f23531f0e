use std::sync::Arc;

use bytes::Bytes;
use conduit_backend::{Axis, NibbleLayout, Nibbles, Numbers, Prequantized, ZeroPoints};

use super::Read;
use super::group_order::group_order;
use crate::error::Result;
use crate::weight_files::{FileTensor, WeightFiles};

/// Numbers that a word holds.
const PER_WORD: usize = 8;

/// What GPTQ's first version takes off a word of zero points before it is written.
const ONE_EACH: u32 = 0x1111_1111;

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

/// What tells GPTQ's files apart.
pub struct GptqOptions {
    pub zero_points_less_one: bool,
    pub has_act_order: bool,
}

/// Words that each hold eight inputs of an output, in rows of all outputs.
pub fn gptq(
    files: &WeightFiles,
    name: &str,
    shape: [usize; 2],
    group_size: Option<usize>,
    options: GptqOptions,
) -> Read {
    let layer = Layer::new(files, name, shape, group_size);
    if !layer.has("qweight") {
        return Ok(None);
    }
    let ([outputs, inputs], groups) = (shape, layer.groups());
    let layout = NibbleLayout { word: Axis::Input, rows: Axis::Input, neighbours: NibbleLayout::IN_ORDER };
    let (file, numbers) = layer.nibbles("qweight", &[inputs.div_ceil(PER_WORD), outputs], layout)?;
    let zero_layout = NibbleLayout { word: Axis::Output, ..layout };
    let (_, mut zero_points) = layer.nibbles("qzeros", &[groups, outputs.div_ceil(PER_WORD)], zero_layout)?;
    if options.zero_points_less_one {
        zero_points.data = one_more_each(&zero_points.data);
    }
    let order = match layer.has("g_idx") {
        true => gptq_order(&layer.tensor("g_idx", &[inputs])?, layer.group, options.has_act_order)?,
        false => None,
    };
    let weight = Prequantized {
        name: file.name.clone(),
        shape,
        numbers: Numbers::U4(numbers),
        block: [1, layer.group],
        scales: layer.tensor("scales", &[groups, outputs])?.into_raw()?,
        scale_rows: Axis::Input,
        zero_points: ZeroPoints::Blocks(zero_points),
        order,
    };
    Ok(Some((file, weight)))
}

/// Without act-order (`desc_act`), some exporters leave zeros, which vLLM and the fast kernels of GPTQModel never look at. What else there
/// is, is an order whatever the config says, as in GPTQModel's plain kernels.
fn gptq_order(tensor: &FileTensor, group: usize, has_act_order: bool) -> Result<Option<Arc<[u32]>>> {
    match !has_act_order && tensor.data.iter().all(|byte| *byte == 0) {
        true => tensor.expect_words().map(|()| None),
        false => group_order(tensor, group),
    }
}

/// compressed-tensors fills the tensor with -1 until it has an order, and takes that for none.
fn packed_order(tensor: &FileTensor, group: usize) -> Result<Option<Arc<[u32]>>> {
    match tensor.data.iter().all(|byte| *byte == 0xFF) {
        true => tensor.expect_words().map(|()| None),
        false => group_order(tensor, group),
    }
}

/// Zero points as they were before GPTQ's first version took one off each.
///
/// GPTQModel, which most of these files are by, subtracts from whole words, and adds to whole words as it reads: a zero point of 0
/// is stored as 15 and borrows from the one after it, which must be given back. Where none is 0 the two ways are one; vLLM and the
/// last AutoGPTQ add to each number alone, to 16 and to 0.
fn one_more_each(words: &[u8]) -> Bytes {
    let words = words.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    words.flat_map(|word| word.wrapping_add(ONE_EACH).to_le_bytes()).collect::<Vec<u8>>().into()
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
        zero_points: ZeroPoints::Blocks(stored),
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
            ZeroPoints::Blocks(stored)
        }
    };
    let order = match layer.has("weight_g_idx") {
        true => packed_order(&layer.tensor("weight_g_idx", &[inputs])?, layer.group)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Zero points of 0, 7, 15, 0, 0, 8, 1 and 0, of which GPTQModel takes one each.
    #[test]
    fn gptq_v1_zero_points_of_0_borrow_from_the_next_one_and_are_given_back() {
        let zero_points: u32 = 0x0180_0F70;
        let stored = zero_points.wrapping_sub(ONE_EACH);
        assert_eq!(stored, 0xF06E_FE5F);
        assert_eq!(*one_more_each(&stored.to_le_bytes()), zero_points.to_le_bytes());
    }
}
