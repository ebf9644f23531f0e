//! The models: where their files are, how far they are, and what answers with them.

mod cache;
mod device;
mod embedding_recipe;
mod engine_metrics;
#[cfg(feature = "hub")]
mod hub;
mod load;
mod loading;
mod lookup;
mod registry;
mod served;

pub use cache::CacheLocation;
pub(crate) use device::{Device, open_device};
pub(crate) use embedding_recipe::EmbeddingRecipe;
pub(crate) use engine_metrics::EngineMetrics;
pub(crate) use load::load_all;
pub(crate) use loading::Loading;
pub(crate) use registry::{ModelState, Registry};
pub(crate) use served::{ServedModel, unix_seconds};
