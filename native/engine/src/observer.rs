use std::fmt::Debug;
use std::time::Duration;

/// Is told how long grammars take. Others wait for the threads that call it, so it must not wait itself.
pub trait GrammarObserver: Debug + Send + Sync {
    /// A grammar was compiled.
    fn compiled(&self, duration: Duration);

    /// It was worked out which tokens may come next.
    fn masked(&self, duration: Duration);
}
