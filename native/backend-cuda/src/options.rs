/// How a [`crate::CudaBackend`] computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CudaOptions {
    /// A row's result does not depend, to the bit, on which rows share its step. Costs speed. Default: false.
    pub deterministic: bool,
}
