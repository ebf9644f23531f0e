//! Models whose weights are brought to int8 or int4 as they are loaded.

mod error;
mod steps;
