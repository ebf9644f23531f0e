use conduit_backend::DType;

use super::params::LinearParams;
use super::{gemv, multiply};
use crate::{Geometry, Launch, RowCount, Tensor};

/// Rows up to which every weight is read once by the matrix-vector kernel.
const GEMV_ROWS: u32 = 8;

/// A product's shape, and with it the choice of kernel.
pub struct Product {
    pub dtype: DType,
    /// Input features with their padding.
    pub inner: u32,
    pub features: u32,
    /// Rows of the largest step of the bucket.
    pub max_rows: u32,
    pub multiprocessors: u32,
    pub deterministic: bool,
}

impl Product {
    pub fn new(geometry: &Geometry, weight: Tensor, features: u32, rows: RowCount) -> Self {
        Self {
            dtype: weight.dtype,
            inner: Tensor::stride_of(weight.features),
            features,
            max_rows: geometry.max(rows).max(1),
            multiprocessors: geometry.multiprocessors,
            deterministic: geometry.deterministic,
        }
    }

    /// The matrix-vector kernel's sums have another order than those of `mma`: where a row's bits may not depend on the
    /// batch, it is for f32 alone, in which it does all.
    fn takes_gemv(&self) -> bool {
        self.dtype == DType::F32 || (self.max_rows <= GEMV_ROWS && !self.deterministic)
    }

    pub fn workspace_bytes(&self) -> u64 {
        if self.takes_gemv() { 0 } else { multiply::workspace_bytes(self) }
    }

    pub fn launches(&self, params: LinearParams, workspace: u64) -> Vec<Launch> {
        if self.takes_gemv() {
            vec![gemv::launch(self, params)]
        } else {
            multiply::launches(self, params, workspace)
        }
    }
}
