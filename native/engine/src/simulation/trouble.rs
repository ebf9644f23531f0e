/// What goes wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    Unloading,
    DeviceFailure,
}

impl Trouble {
    /// What requests fail with that fail.
    pub(super) const fn failure_code(self) -> &'static str {
        match self {
            Self::None => "no failure",
            Self::Unloading => "model_unloaded",
            Self::DeviceFailure => "device_failure",
        }
    }
}
