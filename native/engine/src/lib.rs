//! The engine: sequences of several models, batched step by step over one [`conduit_backend::Backend`].
//!
//! It knows tokens and pages, neither text nor how a model computes. One thread drives all models; a request joins the
//! running batch of its model at the next step, shares the pages of what was computed before, and goes back to waiting when
//! pages run out.

// The helpers of the tests beside this crate name it from outside.
#[cfg(test)]
extern crate self as conduit_engine;

mod batch;
mod call_grammar;
mod closing;
mod constraint;
mod counters;
mod embedding;
mod engine;
mod error;
mod fairness;
mod generation;
mod grammar;
mod grammar_spec;
mod hold;
mod logprobs;
mod memory;
mod model_handle;
mod model_state;
mod observer;
mod penalties;
mod registry;
mod request;
mod runner;
mod sampling;
mod scheduler;
mod sequence;
#[cfg(test)]
mod simulation;
mod task;
mod vocabulary;

pub use call_grammar::{CallGrammar, CallMarker, FunctionGrammar, Otherwise};
pub use closing::{Retention, Unload};
pub use counters::ModelTotals;
pub use embedding::{Embedded, Embedding, EmbeddingRequest, Pooling};
pub use engine::{Engine, EngineOptions, ModelSpec};
pub use error::{AddModelError, GenerationError, RemoveModelError, SubmitError};
pub use generation::{Event, FinishReason, Generation, Start, Usage};
pub use grammar::{Grammar, NextToken};
pub use grammar_spec::GrammarSpec;
pub use hold::ModelHold;
pub use logprobs::{Logprobs, TokenLogprob};
pub use model_handle::ModelStatus;
pub use observer::GrammarObserver;
pub use request::{Reasoning, Request};
pub use sampling::Sampling;
pub use vocabulary::{Encode, TokenBytes, Vocabulary, VocabularyError};
