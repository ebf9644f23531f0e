//! The engine: sequences of several models, batched step by step over one [`conduit_backend::Backend`].
//!
//! It knows tokens and pages, neither text nor how a model computes. One thread drives all models; a request joins the
//! running batch of its model at the next step, and everything that it may need is accounted for when it does.

mod batch;
mod call_grammar;
mod constraint;
mod engine;
mod error;
mod generation;
mod grammar;
mod grammar_spec;
mod model_state;
mod pages;
mod request;
mod runner;
mod sampling;
mod scheduler;
mod sequence;
mod vocabulary;

pub use call_grammar::{CallGrammar, CallMarker, FunctionGrammar, Otherwise};
pub use engine::{Engine, EngineOptions, ModelLoad, ModelSpec};
pub use error::{AddModelError, GenerationError, SubmitError};
pub use generation::{Event, FinishReason, Generation, Usage};
pub use grammar::Grammar;
pub use grammar_spec::GrammarSpec;
pub use request::{Reasoning, Request};
pub use sampling::Sampling;
pub use vocabulary::{Encode, TokenBytes, Vocabulary, VocabularyError};
