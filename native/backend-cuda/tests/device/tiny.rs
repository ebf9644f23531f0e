use std::path::Path;

use conduit_backend::{Backend, Bucket, DType};
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_models::{ByteProgress, Decoder, LoadOptions, load};
use conduit_testkit::model::{Family, TinyModel};
use tempfile::TempDir;

pub const BUCKET: Bucket = Bucket { max_tokens: 40, max_rows: 40 };

/// A model with random weights in a folder of its own.
pub fn write(family: Family, dtype: DType, tied_head: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    TinyModel { dtype, tied_head, ..TinyModel::small(family) }.write(folder.path()).unwrap();
    folder
}

pub fn open<B: Backend>(backend: &B, folder: &Path) -> conduit_models::Result<Decoder<B>> {
    load(
        backend,
        folder,
        LoadOptions { max_model_len: 256, quantization: None, kv_dtype: None },
        &ByteProgress::default(),
    )
}

pub fn cuda(options: &HostOptions) -> CudaBackend<HostDriver> {
    CudaBackend::new(HostDriver::new(options), CudaOptions::default()).unwrap()
}
