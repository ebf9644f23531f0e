//! The LM Lite server.

pub mod hub;
