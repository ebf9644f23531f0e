use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use conduit_backend::{Backend, KvLayout};

use crate::memory::{KvMemory, ModelKey};
use crate::model_handle::ModelHandle;
use crate::model_state::ModelState;
use crate::task::Task;
use crate::{AddModelError, Unload};

/// What the engine's thread is asked to do.
pub(crate) enum Command<B: Backend> {
    /// Runs on the engine's thread while no step is in flight; the model that is answered is held.
    AddModel(Box<AddModel<B>>, SyncSender<Result<Arc<ModelHandle>, AddModelError>>),
    Submit {
        model: Arc<ModelHandle>,
        /// Several where they share their prompt.
        tasks: Vec<Task>,
    },
    /// Answers when the model is gone.
    RemoveModel {
        model: ModelKey,
        how: Unload,
        reply: SyncSender<()>,
    },
    /// Nobody holds a model any more.
    Released {
        model: ModelKey,
    },
    /// Answers with the bytes that are free.
    MakeRoom {
        bytes: u64,
        reply: SyncSender<u64>,
    },
    Shutdown,
}

/// A model that is ready to serve, and the shape of its cache.
pub(crate) type Added<B> = (ModelState<B>, Vec<KvLayout>);

pub(crate) type AddModel<B> = dyn FnOnce(&Models<B>, &KvMemory) -> Result<Added<B>, AddModelError> + Send;

pub(crate) type Models<B> = BTreeMap<ModelKey, ModelState<B>>;
