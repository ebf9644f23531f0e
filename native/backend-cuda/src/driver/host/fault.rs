/// What a [`super::HostDriver`] is to fail with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No memory for a mapping; the device goes on.
    Map,
    /// No page-locked memory; the device goes on.
    HostBuffer,
    /// The device is lost when a copy to it runs.
    Upload,
    /// A launch that the driver refuses.
    Launch,
    /// A kernel that uses an illegal address, when it runs.
    IllegalAddress,
    /// The device is lost when a kernel runs.
    Lost,
}
