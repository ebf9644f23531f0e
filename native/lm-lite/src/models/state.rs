use std::sync::Arc;

use super::load_error::LoadError;
use super::{Loading, NoRoom, ServedModel};

/// How far a model is.
#[derive(Clone)]
pub(crate) enum ModelState {
    /// The next request for it loads it.
    Unloaded,
    /// As `Unloaded`, after a pause.
    NoRoom(NoRoom),
    Loading(Arc<Loading>),
    Ready(Arc<ServedModel>),
    /// Its last requests are answered.
    Unloading,
    Failed(Arc<LoadError>),
}

impl ModelState {
    /// What clients are told.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Unloaded | Self::NoRoom(_) => "unloaded",
            Self::Loading(_) => "loading",
            Self::Ready(_) => "ready",
            Self::Unloading => "unloading",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether it changes of itself.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Loading(_) | Self::Unloading)
    }

    /// Whether it keeps the server from being ready: a model that comes when it is asked for does not.
    pub(crate) fn holds_up(&self) -> bool {
        match self {
            Self::Loading(loading) => loading.at_start,
            Self::Failed(_) => true,
            Self::Unloaded | Self::NoRoom(_) | Self::Ready(_) | Self::Unloading => false,
        }
    }
}
