//! Calls of functions, in the formats of several models' templates, from random weights at a temperature that makes
//! nearly all tokens alike.

mod choices;
#[path = "../common/mod.rs"]
mod common;
mod limits;
mod messages;
mod refusals;
mod streams;
mod support;
