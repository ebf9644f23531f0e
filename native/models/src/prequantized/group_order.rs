use std::sync::Arc;

use crate::error::{ModelError, Result};
use crate::weight_files::FileTensor;

/// The features of the first group in ascending order, then those of the second and so on, by the group that the tensor gives
/// each (act-order); `None` where that is the order in which they lie.
///
/// # Errors
/// A group that is not there, or that has more or fewer features than its size.
pub fn group_order(tensor: &FileTensor, group: usize) -> Result<Option<Arc<[u32]>>> {
    tensor.expect_words()?;
    let inputs = tensor.data.len() / 4;
    let groups = inputs.div_ceil(group);
    let mut order = vec![0; inputs];
    let mut counts = vec![0; groups];
    let words = tensor.data.chunks_exact(4).enumerate();
    for (feature, word) in words {
        let found = i32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let index = usize::try_from(found).ok().filter(|index| *index < groups);
        let damaged = |what: String| ModelError::DamagedFile {
            path: tensor.path.clone(),
            reason: format!("tensor {}: {what}", tensor.name),
        };
        let index = index.ok_or_else(|| damaged(format!("group {found} of {groups}")))?;
        let place = index * group + counts[index];
        if counts[index] == group || place >= inputs {
            return Err(damaged(format!("group {index} has more input features than {}", counts[index])));
        }
        // A feature that goes over the end of its group leaves another one short, so that all are placed.
        order[place] = feature as u32;
        counts[index] += 1;
    }
    let is_in_order = order.iter().enumerate().all(|(place, feature)| place == *feature as usize);
    Ok((!is_in_order).then(|| order.into()))
}
