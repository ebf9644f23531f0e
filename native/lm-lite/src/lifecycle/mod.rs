//! When the process ends: signals, holders, idleness, age.

mod activity;
mod end;
mod end_machine;
mod holders;

pub(crate) use activity::{Activity, Guard};
pub use end::End;
pub(crate) use end::{Limits, wait_for_end};
pub(crate) use holders::{HolderSocket, hold_by_standard_input, wait_for_first_holder};
