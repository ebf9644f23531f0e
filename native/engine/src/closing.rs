use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// How long a model stays that nobody asks for anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// As long as the engine.
    #[default]
    Pinned,
    /// Until [`crate::Engine::make_room`] needs its memory, or nobody has asked for it for so long; `None` waits for ever.
    Evictable { idle_limit: Option<Duration> },
}

/// What becomes of the requests of a model that is unloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unload {
    /// They fail with `model_unloaded`.
    Now,
    /// They are answered first, as far as they come to their end within the limit; new ones are refused meanwhile.
    Drain { limit: Duration },
}

/// A model on its way out.
pub(crate) struct Closing {
    /// When its requests fail that have not ended by then.
    pub(crate) deadline: Instant,
    /// Who waits for it to be gone.
    pub(crate) replies: Vec<SyncSender<()>>,
}
