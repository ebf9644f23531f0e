//! The routes: OpenAI's wire format, and what every request passes on its way in.

mod answer;
mod api_error;
mod auth;
mod body;
mod change_model;
mod chat;
mod collected;
mod completions;
mod connections;
mod embeddings;
mod generate;
mod health;
mod ids;
mod list_models;
mod metrics_text;
mod openai;
mod piece;
mod request_log;
mod responses;
mod router;
mod state;
mod stream;
mod text_tokens;
mod timed_stream;
mod tokenize;

pub(crate) use connections::serve_connections;
pub(crate) use router::router;
pub(crate) use state::AppState;
