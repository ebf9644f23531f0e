use conduit_backend::DType;
use half::{bf16, f16};

/// The type of one, or f32, which holds every number of all others.
pub(super) fn common_dtype(dtypes: impl Iterator<Item = DType>) -> DType {
    let mut common = None;
    for dtype in dtypes {
        common = match common {
            Some(known) if known != dtype => Some(DType::F32),
            _ => Some(dtype),
        };
    }
    common.unwrap_or(DType::F32)
}

/// Writes a row in its own type or in f32, and zeros behind it.
pub(super) fn write_row(row: &[u8], from: DType, to: DType, target: &mut [u8]) {
    let used = row.len() / from.bytes() * to.bytes();
    let (values, padding) = target.split_at_mut(used);
    if from == to {
        values.copy_from_slice(row);
    } else {
        let widen = |bytes: &[u8]| match from {
            DType::F16 => f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            DType::BF16 | DType::F32 => bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
        };
        for (target, bytes) in values.chunks_exact_mut(4).zip(row.chunks_exact(2)) {
            target.copy_from_slice(&widen(bytes).to_le_bytes());
        }
    }
    padding.fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_differ_become_f32() {
        use DType::{BF16, F16, F32};
        let common = |dtypes: &[DType]| common_dtype(dtypes.iter().copied());
        assert_eq!(common(&[BF16, BF16]), BF16);
        assert_eq!(common(&[F16]), F16);
        assert_eq!(common(&[F16, BF16]), F32);
        assert_eq!(common(&[BF16, F32, BF16]), F32);
    }

    #[test]
    fn rows_are_padded_with_zeros_and_widened_where_they_have_to_be() {
        let mut target = [0xFF; 12];
        let row: Vec<u8> =
            [1.5f32, -2.0].iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect();
        write_row(&row, DType::BF16, DType::F32, &mut target);
        assert_eq!(target[..4], 1.5f32.to_le_bytes());
        assert_eq!(target[4..8], (-2.0f32).to_le_bytes());
        assert_eq!(target[8..], [0; 4]);
        write_row(&row, DType::BF16, DType::BF16, &mut target);
        assert_eq!(target[..4], row[..]);
        assert_eq!(target[4..], [0; 8]);
        let row = f16::from_f32(0.25).to_le_bytes();
        write_row(&row, DType::F16, DType::F32, &mut target);
        assert_eq!(target[..4], 0.25f32.to_le_bytes());
    }
}
