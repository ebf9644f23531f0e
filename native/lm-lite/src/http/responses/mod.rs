//! `POST /v1/responses`: the same answers as chats give, in the form of OpenAI's Responses API. Nothing is stored.

mod builder;
mod input;
mod items;
mod request;
mod route;

pub(super) use route::responses;
