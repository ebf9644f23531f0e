use std::collections::BTreeMap;

use safetensors::tensor::TensorInfo;
use serde_json::value::RawValue;

/// Largest header that is read, as in the reference implementation.
const LARGEST_BYTES: u64 = 100_000_000;
/// More than any tensor has.
const MOST_DIMENSIONS: usize = 64;
/// What describes the file, in the place of a tensor.
const METADATA: &str = "__metadata__";

/// The tensors that the header of a safetensors file names.
pub struct Header {
    pub tensors: BTreeMap<String, TensorInfo>,
    /// Where the tensors start in the file.
    pub data_start: usize,
}

impl Header {
    /// Reads the header, and checks that the tensors take the rest of the file, one after the other, each as many bytes as its shape and
    /// type say.
    ///
    /// # Errors
    /// What is wrong, with the name of the tensor.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        let Some((length, rest)) = file.split_first_chunk() else {
            return Err(format!("a safetensors file starts with 8 bytes, this one has {}", file.len()));
        };
        let length = u64::from_le_bytes(*length);
        if length > LARGEST_BYTES {
            return Err(format!("a header of {length} bytes; is this a safetensors file?"));
        }
        let Some((header, data)) = rest.split_at_checked(length as usize) else {
            return Err(format!("truncated: the header has {length} bytes, {} are there", rest.len()));
        };
        let tensors = parse(header)?;
        check(&tensors, data.len())?;
        Ok(Self { tensors, data_start: file.len() - data.len() })
    }
}

fn parse(header: &[u8]) -> Result<BTreeMap<String, TensorInfo>, String> {
    let entries: BTreeMap<String, &RawValue> =
        serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    let tensors = entries.into_iter().filter(|(name, _)| name != METADATA);
    let read = |(name, text): (String, &RawValue)| match serde_json::from_str(text.get()) {
        Ok(info) => Ok((name, info)),
        Err(error) => Err(format!("its header: tensor {name}: {error}")),
    };
    tensors.map(read).collect()
}

fn check(tensors: &BTreeMap<String, TensorInfo>, data_bytes: usize) -> Result<(), String> {
    let mut in_order: Vec<_> = tensors.iter().collect();
    in_order.sort_by_key(|(_, info)| info.data_offsets);
    let mut end = 0;
    for (name, TensorInfo { dtype, shape, data_offsets: (from, to) }) in in_order {
        if *from != end || to < from {
            let place = if *from < end { "overlaps another one" } else { "leaves bytes out" };
            return Err(format!("tensor {name}: at bytes {from} to {to}, it {place}, which ends at {end}"));
        }
        if shape.len() > MOST_DIMENSIONS {
            return Err(format!("tensor {name}: {} dimensions", shape.len()));
        }
        let elements = shape.iter().try_fold(1usize, |elements, size| elements.checked_mul(*size));
        let bits = elements.and_then(|elements| elements.checked_mul(dtype.bitsize()));
        if bits.filter(|bits| bits.is_multiple_of(8)).map(|bits| bits / 8) != Some(to - from) {
            return Err(format!("tensor {name}: {} bytes do not make {dtype} of shape {shape:?}", to - from));
        }
        if *to > data_bytes {
            return Err(format!("truncated: tensor {name} ends after {to} bytes, {data_bytes} are there"));
        }
        end = *to;
    }
    match end == data_bytes {
        true => Ok(()),
        false => Err(format!("its tensors take {end} bytes, but {data_bytes} are there")),
    }
}
