mod blocks;
mod charge;
mod dense;
mod grouped;
mod prequantized;
mod strips;

use std::sync::Arc;

use conduit_backend::{BackendError, LinearShape, RawLinear, RawPart, RawWeight, Result};

use crate::kernels::Kernels;
pub(crate) use blocks::Blocks;
pub(crate) use charge::Account;
pub(crate) use dense::Dense;
pub(crate) use grouped::Grouped;
pub(crate) use prequantized::Prequantized;

/// A linear layer: its weights lie where their file is mapped, in a copy where that is not aligned, or quantised in memory
/// of their own.
#[derive(Clone)]
pub struct CpuLinear(pub(crate) Arc<Linear>);

/// A vector of f32 parameters.
#[derive(Clone)]
pub struct CpuVector(pub(crate) Arc<[f32]>);

impl CpuLinear {
    /// Writes the weights of one output feature, as the layer multiplies them, to `output`, which has its input features.
    pub fn read_row(&self, feature: usize, output: &mut [f32]) {
        self.0.read_row(feature, output);
    }
}

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

/// `[rows, columns]`
pub(crate) enum Matrix {
    Dense(Dense),
    Grouped(Grouped),
    Prequantized(Prequantized),
    Blocks(Blocks),
}

/// What layers are packed with.
#[derive(Clone, Copy)]
pub(crate) struct Packing<'a> {
    pub kernels: &'a Kernels,
    /// How many threads may work on a layer.
    pub threads: usize,
    pub account: Account<'a>,
}

impl Linear {
    /// Takes a layer in; bytes of its own are charged while it lives.
    pub fn new(raw: RawLinear, packing: Packing) -> Result<Self> {
        let mut parts = Vec::with_capacity(raw.parts.len());
        let in_features = raw.in_features()?;
        let mut shape = LinearShape { in_features, out_features: 0, device_bytes: 0 };
        for RawPart { weight, bias } in raw.parts {
            let weights = Matrix::new(weight, packing)?;
            let bias = bias.map(|bias| bias.read_bias(weights.rows())).transpose()?;
            shape.device_bytes += weights.bytes();
            let first = shape.out_features;
            shape.out_features += weights.rows();
            parts.push(Part { weights, bias, first });
        }
        Ok(Self { parts, shape })
    }

    /// Writes one output feature's weights, widened, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        for part in &self.parts {
            if let Some(row) = row.checked_sub(part.first).filter(|row| *row < part.weights.rows()) {
                match &part.weights {
                    Matrix::Dense(dense) => dense.read_row(row, output),
                    Matrix::Grouped(grouped) => grouped.read_row(row, output),
                    Matrix::Prequantized(weights) => weights.read_row(row, output),
                    Matrix::Blocks(blocks) => blocks.read_row(row, output),
                }
            }
        }
    }
}

impl Matrix {
    fn new(weight: RawWeight, packing: Packing) -> Result<Self> {
        let Packing { kernels, threads, account } = packing;
        match weight {
            RawWeight::Dense(tensor) => Dense::new(tensor, account).map(Self::Dense),
            RawWeight::Quantize { tensor, to } => {
                Grouped::new(&tensor, to, kernels, threads, account).map(Self::Grouped)
            }
            RawWeight::Prequantized(raw) => Prequantized::new(&raw, threads, account).map(Self::Prequantized),
            // `RawLinear::in_features` has checked it.
            RawWeight::Blocks(raw) => Ok(Self::Blocks(Blocks::new(raw))),
            _ => Err(BackendError::Unsupported("weights in this format on the CPU".into())),
        }
    }

    /// Output features.
    pub fn rows(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.rows,
            Self::Grouped(grouped) => grouped.rows,
            Self::Prequantized(weights) => weights.rows,
            Self::Blocks(blocks) => blocks.rows,
        }
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.row_bytes(),
            Self::Grouped(grouped) => grouped.row_bytes(),
            Self::Prequantized(weights) => weights.row_bytes(),
            Self::Blocks(blocks) => blocks.row_bytes(),
        }
    }

    /// Bytes that the budget is charged with.
    fn bytes(&self) -> u64 {
        match self {
            Self::Dense(dense) => dense.bytes(),
            Self::Grouped(grouped) => grouped.bytes(),
            Self::Prequantized(weights) => weights.bytes(),
            Self::Blocks(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use bytes::Bytes;
    use conduit_backend::{DType, Quantization, RawTensor};
    use half::bf16;

    use super::dense::Aligned;
    use super::*;
    use crate::Isa;

    fn tensor(shape: &[usize], data: &[f32]) -> RawTensor {
        let data = Bytes::copy_from_slice(bytemuck::cast_slice(data));
        RawTensor { name: "w".into(), dtype: DType::F32, shape: shape.to_vec(), data }
    }

    fn pack(parts: Vec<RawPart>) -> Result<Linear> {
        pack_on(parts, &Arc::default())
    }

    fn pack_on(parts: Vec<RawPart>, copied_bytes: &Arc<AtomicU64>) -> Result<Linear> {
        let kernels = Kernels::of(Isa::available()[0]).unwrap();
        let account = Account { copied_bytes, memory: None };
        Linear::new(RawLinear { parts }, Packing { kernels, threads: 1, account })
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
            let linear = pack_on(vec![raw], &copied_bytes).unwrap();
            assert_eq!(linear.shape.device_bytes, charged);
            assert_eq!(copied_bytes.load(Ordering::Relaxed), charged);
            let mut row = [0.0; 2];
            linear.read_row(0, &mut row);
            assert!(offset == 0 || row == [1.0, 2.0]);
        }
        assert_eq!(copied_bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_quantised_is_charged_while_it_lives() {
        let copied_bytes = Arc::new(AtomicU64::new(0));
        for (to, charged) in [(Quantization::Int8, 16 * 34), (Quantization::Int4, 16 * 18)] {
            let weight = RawWeight::Quantize { tensor: tensor(&[1, 2], &[1.0, -0.5]), to };
            let linear = pack_on(vec![RawPart { weight, bias: None }], &copied_bytes).unwrap();
            assert_eq!(linear.shape.device_bytes, charged);
            assert_eq!(copied_bytes.load(Ordering::Relaxed), charged);
            let mut row = [0.0; 2];
            linear.read_row(0, &mut row);
            assert!((row[0] - 1.0).abs() < 0.1 && (row[1] + 0.5).abs() < 0.1, "{row:?}");
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
