//! OpenAI's wire format: fields of requests, objects of answers.

mod common;
mod fields;
mod messages;
mod objects;
mod response_format;
mod unsupported;

pub(crate) use common::CommonParameters;
pub(crate) use fields::Fields;
pub(crate) use messages::parse_messages;
pub(crate) use objects::{AnswerHead, Kind};
