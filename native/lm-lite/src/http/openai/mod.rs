//! OpenAI's wire format: fields of requests, objects of answers.

mod common;
mod fields;
mod logit_bias;
mod logprobs;
mod message_calls;
mod messages;
mod objects;
mod response_format;
mod tool_choice;
mod tools;
mod unsupported;

pub(crate) use common::CommonParameters;
pub(crate) use fields::Fields;
pub(crate) use messages::parse_messages;
pub(crate) use objects::{AnswerHead, Kind};
pub(crate) use response_format::Format;
pub(crate) use tools::Tools;
pub(crate) use unsupported::{refuse, refuse_chat_fields};
