//! Tiny models of every family against the reference implementation, transformers, on the CPU backend and on the CUDA
//! backend, whose kernels run on the CPU here.

mod broken;
mod cuda;
mod families;
mod features;
mod folder_copy;
mod gguf;
mod gguf_metadata;
mod kv_cache;
mod mixtures;
mod quantized;
mod reference;
