//! Weights on the device: each layer packed into one matrix of one type, rows padded with zeros to the stride that kernels
//! rely on.

mod packing;
mod uploader;

use std::sync::Arc;

use conduit_backend::{BackendError, DType, LinearShape, RawLinear, RawPart, RawTensor, RawWeight, Result};
use conduit_cuda_kernels::{STRIDE_ELEMENTS, Tensor};

use crate::driver::Driver;
use crate::memory::{Allocation, Pool};
use packing::{common_dtype, write_row};
pub(crate) use uploader::Uploader;

/// Elements to whose multiples rows are padded.
const STRIDE: usize = STRIDE_ELEMENTS as usize;

/// A linear layer on the device; cloning shares it.
pub struct CudaLinear<D: Driver>(pub(crate) Arc<Linear<D>>);

/// A vector of f32 parameters on the device; cloning shares it.
pub struct CudaVector<D: Driver>(pub(crate) Arc<Vector<D>>);

impl<D: Driver> Clone for CudaLinear<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Driver> Clone for CudaVector<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

pub(crate) struct Linear<D: Driver> {
    pub weight: Tensor,
    /// f32, one for each output feature.
    pub bias: Option<u64>,
    pub shape: LinearShape,
    _memory: Vec<Allocation<D>>,
}

pub(crate) struct Vector<D: Driver> {
    pub length: usize,
    memory: Allocation<D>,
}

impl<D: Driver> Vector<D> {
    pub fn address(&self) -> u64 {
        self.memory.address()
    }
}

impl<D: Driver> Linear<D> {
    /// Packs a layer. Parts of one type keep it; where types differ, all become f32, which loses nothing of any.
    pub fn new(raw: RawLinear, pool: &Arc<Pool<D>>, uploader: &mut Uploader<D>) -> Result<Self> {
        let in_features = raw.in_features()?;
        let mut biases = Vec::new();
        let mut tensors = Vec::new();
        for RawPart { weight, bias } in raw.parts {
            let tensor = match weight {
                RawWeight::Dense(tensor) => tensor,
                RawWeight::Quantize { to, .. } => return Err(refused(&format!("quantization = {to}"))),
                RawWeight::Prequantized(weight) => {
                    return Err(BackendError::Unsupported(format!(
                        "{} weights on CUDA ({}); serve the model with --device cpu",
                        weight.numbers.format().name(),
                        weight.name
                    )));
                }
                RawWeight::Blocks(weight) => {
                    return Err(BackendError::Unsupported(format!(
                        "{} weights on CUDA ({}); serve the model with --device cpu",
                        weight.format.name(),
                        weight.name
                    )));
                }
                _ => return Err(refused("weights in this format")),
            };
            let (rows, _) = tensor.matrix_shape()?;
            match bias.map(|bias| bias.read_bias(rows)).transpose()? {
                Some(bias) => biases.push(bias),
                None => biases.push(vec![0.0; rows]),
            }
            tensors.push((tensor, rows));
        }
        let has_bias = biases.iter().flatten().any(|value| *value != 0.0);
        let out_features = tensors.iter().map(|(_, rows)| rows).sum();
        let dtype = common_dtype(tensors.iter().map(|(tensor, _)| tensor.dtype));
        let name = tensors[0].0.name.clone();
        let features = dimension(&name, in_features)?;
        dimension(&name, out_features)?;
        let row_bytes = in_features.next_multiple_of(STRIDE) * dtype.bytes();

        let weight_bytes = (out_features as u64).saturating_mul(row_bytes as u64);
        let memory = pool.allocate(&format!("the weights of {name}"), weight_bytes)?;
        let address = memory.address();
        let mut memory = vec![memory];
        let mut rows = PartRows::new(&tensors);
        uploader.upload_rows(address, out_features, row_bytes, |target| {
            if let Some((row, from)) = rows.next() {
                write_row(row, from, dtype, target);
            }
        })?;
        let mut device_bytes = weight_bytes;
        let bias = if has_bias {
            let bias = upload_floats(&biases.concat(), &format!("the bias of {name}"), pool, uploader)?;
            let address = bias.address();
            device_bytes += 4 * out_features as u64;
            memory.push(bias);
            Some(address)
        } else {
            None
        };
        let weight = Tensor::new(address, dtype, features);
        let shape = LinearShape { in_features, out_features, device_bytes };
        Ok(Self { weight, bias, shape, _memory: memory })
    }
}

impl<D: Driver> Vector<D> {
    pub fn new(values: &[f32], pool: &Arc<Pool<D>>, uploader: &mut Uploader<D>) -> Result<Self> {
        let memory = upload_floats(values, "a vector of parameters", pool, uploader)?;
        Ok(Self { length: values.len(), memory })
    }
}

/// Numbers, followed by zeros up to the stride.
fn upload_floats<D: Driver>(
    values: &[f32],
    what: &str,
    pool: &Arc<Pool<D>>,
    uploader: &mut Uploader<D>,
) -> Result<Allocation<D>> {
    // In rows of one stride, so that no length is too long for the uploader.
    let mut chunks = values.chunks(STRIDE);
    let rows = values.len().div_ceil(STRIDE).max(1);
    let row_bytes = 4 * STRIDE;
    let memory = pool.allocate(what, (rows * row_bytes) as u64)?;
    uploader.upload_rows(memory.address(), rows, row_bytes, |target| {
        let chunk = bytemuck::cast_slice(chunks.next().unwrap_or_default());
        write_row(chunk, DType::F32, DType::F32, target);
    })?;
    Ok(memory)
}

fn refused(what: &str) -> BackendError {
    BackendError::Unsupported(format!("{what} on CUDA; leave it out, or serve the model with --device cpu"))
}

/// Kernels count features in 32 bits, a tile beyond the last one included.
fn dimension(name: &str, size: usize) -> Result<u32> {
    let refused = || BackendError::Unsupported(format!("tensor {name}: {size} features on CUDA"));
    u32::try_from(size).ok().filter(|size| *size < 1 << 31).ok_or_else(refused)
}

/// The rows of several tensors, one after the other, as they lie in their files.
struct PartRows<'a> {
    parts: std::slice::Iter<'a, (RawTensor, usize)>,
    rows: std::slice::ChunksExact<'a, u8>,
    dtype: DType,
}

impl<'a> PartRows<'a> {
    fn new(parts: &'a [(RawTensor, usize)]) -> Self {
        Self { parts: parts.iter(), rows: [].chunks_exact(1), dtype: DType::F32 }
    }
}

impl<'a> Iterator for PartRows<'a> {
    type Item = (&'a [u8], DType);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some((row, self.dtype));
            }
            let (tensor, rows) = self.parts.next()?;
            self.rows = tensor.data.chunks_exact(tensor.data.len() / rows);
            self.dtype = tensor.dtype;
        }
    }
}
