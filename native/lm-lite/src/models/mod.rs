//! The models: where their files are, how far they are, and what answers with them.

mod cache;
mod device;
mod embedding_recipe;
mod engine_metrics;
mod gguf_defaults;
mod held;
#[cfg(feature = "hub")]
mod hub;
#[cfg(feature = "hub")]
mod intact;
mod load_error;
mod loader;
mod loading;
mod lookup;
mod no_room;
mod open_device;
mod registry;
mod served;
mod state;
#[cfg(test)]
mod test_device;
#[cfg(test)]
mod test_gpu;
mod vocabularies;

pub use cache::CacheLocation;
pub(crate) use device::Device;
pub(crate) use embedding_recipe::EmbeddingRecipe;
pub(crate) use engine_metrics::{ENGINE_GAUGES, ENGINE_SUMS, EngineMetrics};
pub(crate) use held::HeldModel;
pub(crate) use load_error::LoadError;
pub(crate) use loader::Loader;
pub(crate) use loading::Loading;
pub(crate) use no_room::NoRoom;
pub(crate) use open_device::open_device;
pub(crate) use registry::Registry;
pub(crate) use served::{ServedModel, unix_seconds};
pub(crate) use state::ModelState;
#[cfg(test)]
pub(crate) use test_device::TestDevice;
#[cfg(test)]
pub(crate) use test_gpu::open_failing_gpu;
