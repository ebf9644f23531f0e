//! What tests need and production does not: tiny models made from nothing, damaged copies of them, and a backend
//! without a device.

pub mod fake_backend;
pub mod model;
