use bytes::Bytes;
use conduit_backend::{DType, RawTensor, Result};
use half::{bf16, f16};

use super::charge::{Account, Charge};
use crate::simd::Element;

/// `[rows, columns]` in the type of its file, where it is mapped, or in a copy where that is not aligned for the type.
pub(crate) struct Dense {
    pub dtype: DType,
    pub rows: usize,
    columns: usize,
    data: Bytes,
    copy: Option<Charge>,
}

impl Dense {
    pub fn new(tensor: RawTensor, account: Account) -> Result<Self> {
        let (rows, columns) = tensor.matrix_shape()?;
        let dtype = tensor.dtype;
        if tensor.data.as_ptr().addr().is_multiple_of(dtype.bytes()) {
            return Ok(Self { dtype, rows, columns, data: tensor.data, copy: None });
        }
        let charge = account.charge(&format!("a copy of {}", tensor.name), tensor.data.len() as u64)?;
        let data = Bytes::from_owner(Aligned::copy_of(&tensor.data));
        Ok(Self { dtype, rows, columns, data, copy: Some(charge) })
    }

    /// Bytes of the copy.
    pub fn bytes(&self) -> u64 {
        self.copy.as_ref().map_or(0, |charge| charge.bytes)
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> usize {
        self.columns * self.dtype.bytes()
    }

    /// First element of a row.
    pub fn row(&self, row: usize) -> *const u8 {
        self.data[row * self.row_bytes()..].as_ptr()
    }

    /// Writes one row, widened, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        let bytes = self.row_bytes();
        let row = &self.data[row * bytes..][..bytes];
        widen(self.dtype, row, output.iter_mut());
    }
}

/// Writes numbers, widened, to `output`.
pub(super) fn widen<'a>(dtype: DType, bytes: &[u8], output: impl Iterator<Item = &'a mut f32>) {
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

/// Bytes aligned for every element type.
pub(super) struct Aligned {
    words: Vec<u32>,
    bytes: usize,
}

impl Aligned {
    pub fn copy_of(bytes: &[u8]) -> Self {
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
