//! `POST /v1/embeddings`: one vector for each text.

mod answer;
mod request;
mod route;
mod running;

pub(super) use route::embeddings;
