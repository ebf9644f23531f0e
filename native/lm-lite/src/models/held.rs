use std::ops::Deref;
use std::sync::Arc;

use conduit_engine::ModelHold;

use super::ServedModel;
use crate::lifecycle::Guard;

/// The model of a request, which stays loaded until the request has been handed to the engine, and the process with it.
#[derive(Clone)]
pub(crate) struct HeldModel {
    pub(crate) served: Arc<ServedModel>,
    pub(crate) running: Arc<Guard>,
    pub(crate) hold: Arc<ModelHold>,
}

impl Deref for HeldModel {
    type Target = ServedModel;

    fn deref(&self) -> &ServedModel {
        &self.served
    }
}
