use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use conduit_backend::{BackendError, DType, LinearShape, RawLinear, RawPart, RawTensor, RawWeight, Result};
use half::{bf16, f16};

use crate::simd::Element;

/// A linear layer: its weights lie where their file is mapped, or in a copy where that is not aligned.
#[derive(Clone)]
pub struct CpuLinear(pub(crate) Arc<Linear>);

/// A vector of f32 parameters.
#[derive(Clone)]
pub struct CpuVector(pub(crate) Arc<[f32]>);

pub(crate) struct Linear {
    pub parts: Vec<Part>,
    pub shape: LinearShape,
}

/// Consecutive output features that share a type.
pub(crate) struct Part {
    pub weights: Matrix,
    pub bias: Option<Vec<f32>>,
    /// First output feature of the layer that this part makes.
    pub first: usize,
}

/// `[rows, columns]`, aligned for its type.
pub(crate) struct Matrix {
    pub dtype: DType,
    pub rows: usize,
    pub columns: usize,
    data: Bytes,
    copy: Option<Charge>,
}

impl Linear {
    /// Takes a layer in; bytes that had to be copied are counted in `copied_bytes` while the layer lives.
    pub fn new(raw: RawLinear, copied_bytes: &Arc<AtomicU64>) -> Result<Self> {
        let mut parts = Vec::with_capacity(raw.parts.len());
        let in_features = raw.in_features()?;
        let mut shape = LinearShape { in_features, out_features: 0, device_bytes: 0 };
        for RawPart { weight, bias } in raw.parts {
            let RawWeight::Dense(tensor) = weight else {
                return Err(BackendError::Unsupported("quantised weights on the CPU".into()));
            };
            let weights = Matrix::new(tensor, copied_bytes)?;
            let bias = bias.map(|bias| bias.read_bias(weights.rows)).transpose()?;
            shape.device_bytes += weights.copy.as_ref().map_or(0, |charge| charge.bytes);
            let first = shape.out_features;
            shape.out_features += weights.rows;
            parts.push(Part { weights, bias, first });
        }
        Ok(Self { parts, shape })
    }

    /// Writes one output feature's weights, widened, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        for part in &self.parts {
            if let Some(row) = row.checked_sub(part.first).filter(|row| *row < part.weights.rows) {
                part.weights.read_row(row, output);
            }
        }
    }
}

impl Matrix {
    fn new(tensor: RawTensor, copied_bytes: &Arc<AtomicU64>) -> Result<Self> {
        let (rows, columns) = tensor.matrix_shape()?;
        let dtype = tensor.dtype;
        if tensor.data.as_ptr().addr().is_multiple_of(dtype.bytes()) {
            return Ok(Self { dtype, rows, columns, data: tensor.data, copy: None });
        }
        let charge = Charge::new(tensor.data.len() as u64, copied_bytes);
        let data = Bytes::from_owner(Aligned::copy_of(&tensor.data));
        Ok(Self { dtype, rows, columns, data, copy: Some(charge) })
    }

    /// First element of a row.
    pub fn row(&self, row: usize) -> *const u8 {
        self.data[row * self.columns * self.dtype.bytes()..].as_ptr()
    }

    fn read_row(&self, row: usize, output: &mut [f32]) {
        let bytes = self.columns * self.dtype.bytes();
        let row = &self.data[row * bytes..][..bytes];
        widen(self.dtype, row, output.iter_mut());
    }
}

fn widen<'a>(dtype: DType, bytes: &[u8], output: impl Iterator<Item = &'a mut f32>) {
    fn each<'a, E: Element>(bytes: &[u8], output: impl Iterator<Item = &'a mut f32>) {
        for (value, bytes) in output.zip(bytes.chunks_exact(size_of::<E>())) {
            *value = bytemuck::pod_read_unaligned::<E>(bytes).to_f32();
        }
    }
    match dtype {
        DType::F32 => each::<f32>(bytes, output),
        DType::F16 => each::<f16>(bytes, output),
        DType::BF16 => each::<bf16>(bytes, output),
    }
}

/// Bytes taken out of the budget for as long as this lives.
struct Charge {
    bytes: u64,
    copied_bytes: Arc<AtomicU64>,
}

impl Charge {
    fn new(bytes: u64, copied_bytes: &Arc<AtomicU64>) -> Self {
        copied_bytes.fetch_add(bytes, Ordering::Relaxed);
        Self { bytes, copied_bytes: Arc::clone(copied_bytes) }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.copied_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bytes aligned for every element type.
struct Aligned {
    words: Vec<u32>,
    bytes: usize,
}

impl Aligned {
    fn copy_of(bytes: &[u8]) -> Self {
        let mut words = vec![0u32; bytes.len().div_ceil(4)];
        bytemuck::cast_slice_mut::<u32, u8>(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self { words, bytes: bytes.len() }
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.bytes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &[usize], data: &[f32]) -> RawTensor {
        let data = Bytes::copy_from_slice(bytemuck::cast_slice(data));
        RawTensor { name: "w".into(), dtype: DType::F32, shape: shape.to_vec(), data }
    }

    fn pack(parts: Vec<RawPart>) -> Result<Linear> {
        Linear::new(RawLinear { parts }, &Arc::default())
    }

    fn part(weight: RawTensor, bias: Option<RawTensor>) -> RawPart {
        RawPart { weight: RawWeight::Dense(weight), bias }
    }

    #[test]
    fn rows_of_several_parts_follow_each_other_in_their_own_types() {
        let half = RawTensor {
            dtype: DType::BF16,
            data: Bytes::copy_from_slice(bytemuck::cast_slice(&[bf16::from_f32(5.0), bf16::from_f32(6.0)])),
            ..tensor(&[1, 2], &[])
        };
        let linear =
            pack(vec![part(tensor(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), None), part(half, None)]).unwrap();
        assert_eq!((linear.shape.in_features, linear.shape.out_features), (2, 3));
        let row = |row| {
            let mut output = [0.0; 2];
            linear.read_row(row, &mut output);
            output
        };
        assert_eq!([row(0), row(1), row(2)], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    }

    #[test]
    fn weights_that_are_not_aligned_are_copied_and_charged_while_they_live() {
        let copied_bytes = Arc::new(AtomicU64::new(0));
        let bytes: Vec<u8> = [&[0u8][..], bytemuck::cast_slice(&[1.0f32, 2.0])].concat();
        let bytes = Bytes::from_owner(Aligned::copy_of(&bytes));
        for (offset, charged) in [(0, 0), (1, 8)] {
            let data = bytes.slice(offset..offset + 8);
            let raw = part(RawTensor { data, ..tensor(&[1, 2], &[]) }, None);
            let linear = Linear::new(RawLinear { parts: vec![raw] }, &copied_bytes).unwrap();
            assert_eq!(linear.shape.device_bytes, charged);
            assert_eq!(copied_bytes.load(Ordering::Relaxed), charged);
            let mut row = [0.0; 2];
            linear.read_row(0, &mut row);
            assert!(offset == 0 || row == [1.0, 2.0]);
        }
        assert_eq!(copied_bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let good = || tensor(&[1, 2], &[1.0, 2.0]);
        let cases = [
            vec![],
            vec![part(tensor(&[2], &[1.0, 2.0]), None)],
            vec![part(tensor(&[0, 2], &[]), None)],
            vec![part(tensor(&[1, 3], &[1.0, 2.0]), None)],
            vec![part(tensor(&[usize::MAX, 2], &[1.0, 2.0]), None)],
            vec![part(good(), None), part(tensor(&[1, 1], &[1.0]), None)],
            vec![part(good(), Some(tensor(&[2], &[1.0, 2.0])))],
            vec![part(good(), Some(tensor(&[1], &[1.0, 2.0])))],
        ];
        for case in cases {
            let is_empty = case.is_empty();
            let error = pack(case).err().expect("a refusal");
            assert_eq!(error.code(), "invalid_input");
            assert!(is_empty || error.to_string().contains("tensor w"), "{error}");
        }
    }
}
