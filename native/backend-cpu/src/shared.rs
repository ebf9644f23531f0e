/// A pointer that threads share. Each writes only where no other one reads or writes meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T>(pub *mut T);

// SAFETY: the threads that get a copy keep to disjoint parts of what it points to; every use says why.
unsafe impl<T> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// A method, so that closures capture the whole struct and with it its `Sync`.
    pub fn get(self) -> *mut T {
        self.0
    }
}
