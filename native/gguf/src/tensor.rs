use std::ops::Range;
use std::path::Path;

use crate::cursor::Cursor;
use crate::{GgufError, Result, TensorType};

/// Bytes of the longest name. ggml has 64.
const LONGEST_NAME: usize = 255;
/// Sizes that a tensor may have.
const MOST_SIZES: u32 = 4;
/// Bytes that the description of a tensor takes at least: a name of one letter, a size, a type, and a place.
const LEAST_TENSOR: u64 = 8 + 1 + 4 + 8 + 4 + 8;

/// A tensor of a file.
pub(crate) struct Stored {
    pub name: String,
    pub kind: TensorType,
    /// The outermost first, as everywhere but in the file.
    pub shape: Vec<usize>,
    /// Where it lies in the file.
    pub range: Range<usize>,
}

/// What the file says of a tensor.
struct Description {
    name: String,
    kind: TensorType,
    sizes: Vec<u64>,
    /// From where tensors begin.
    offset: u64,
}

/// Reads the descriptions of so many tensors, and finds them behind the header.
pub(crate) fn read(count: u64, alignment: u64, cursor: &mut Cursor, path: &Path) -> Result<Vec<Stored>> {
    let damaged = |reason: String| GgufError::DamagedFile { path: path.to_owned(), reason };
    if count > cursor.left() / LEAST_TENSOR {
        return Err(damaged(format!("{count} tensors in {} bytes", cursor.left())));
    }
    let descriptions = (0..count).map(|index| Description::read(index, cursor, path));
    let descriptions: Vec<_> = descriptions.collect::<Result<_>>()?;
    let padding = (alignment - cursor.position() as u64 % alignment) % alignment;
    // A file without tensors may end with its header.
    let start = cursor.position() as u64 + padding;
    let end = cursor.position() as u64 + cursor.left();
    let mut tensors: Vec<Stored> = Vec::with_capacity(descriptions.len());
    for Description { name, kind, sizes, offset } in descriptions {
        let broken = |reason: String| damaged(format!("tensor {name}: {reason}"));
        let bytes = kind.bytes(&sizes).map_err(broken)?;
        if !offset.is_multiple_of(alignment) {
            return Err(broken(format!("begins at {offset}, which is no multiple of {alignment}")));
        }
        let from = start.checked_add(offset).filter(|from| *from <= end);
        let to = from.and_then(|from| from.checked_add(bytes)).filter(|to| *to <= end);
        let (Some(from), Some(to)) = (from, to) else {
            let data = end.saturating_sub(start);
            return Err(broken(format!("truncated: {bytes} bytes at {offset}, {data} are there in all")));
        };
        let shape = sizes.iter().rev().map(|size| *size as usize).collect();
        tensors.push(Stored { name, kind, shape, range: from as usize..to as usize });
    }
    match overlap(&tensors) {
        Some([first, second]) => Err(damaged(format!("the tensors {first} and {second} overlap"))),
        None => Ok(tensors),
    }
}

/// The names of two tensors that have bytes in common.
fn overlap(tensors: &[Stored]) -> Option<[&str; 2]> {
    let mut in_order: Vec<&Stored> = tensors.iter().collect();
    in_order.sort_unstable_by_key(|tensor| tensor.range.start);
    let overlapping = in_order.windows(2).find(|pair| pair[0].range.end > pair[1].range.start)?;
    Some([&overlapping[0].name, &overlapping[1].name])
}

impl Description {
    fn read(index: u64, cursor: &mut Cursor, path: &Path) -> Result<Self> {
        let damaged = |reason: String| GgufError::DamagedFile { path: path.to_owned(), reason };
        let name =
            cursor.name(LONGEST_NAME).map_err(|reason| damaged(format!("tensor {index}: {reason}")))?;
        let broken = |reason: String| damaged(format!("tensor {name}: {reason}"));
        let dimensions = cursor.u32().map_err(broken)?;
        if dimensions > MOST_SIZES {
            return Err(broken(format!("{dimensions} sizes, at most {MOST_SIZES} are allowed")));
        }
        let sizes = (0..dimensions).map(|_| cursor.u64()).collect::<Result<Vec<_>, _>>().map_err(broken)?;
        if sizes.contains(&0) {
            return Err(broken(format!("sizes of {sizes:?}")));
        }
        let number = cursor.u32().map_err(broken)?;
        let offset = cursor.u64().map_err(broken)?;
        let kind = TensorType::of(number).ok_or_else(|| GgufError::UnsupportedType {
            path: path.to_owned(),
            tensor: name.to_owned(),
            found: format!("the unknown type {number}"),
            supported: "types of ggml".to_owned(),
        })?;
        Ok(Self { name: name.to_owned(), kind, sizes, offset })
    }
}
