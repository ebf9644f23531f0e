use jiff::{Zoned, civil::DateTime};
use serde_json::{Map, Value};

/// What a chat template makes a prompt of.
#[derive(Clone, Debug)]
pub struct ChatInput<'a> {
    /// Objects with `role` and `content`, and whatever else the template knows.
    ///
    /// Roles are part of the template's own text in some models: allow only known ones.
    pub messages: &'a [Value],
    /// Tool definitions in OpenAI's format.
    pub tools: Option<&'a [Value]>,
    /// Ends the prompt where the assistant's answer begins.
    pub add_generation_prompt: bool,
    /// Ends the prompt in the middle of the last message, for the model to go on with.
    pub continue_final_message: bool,
    /// Further variables of the template, such as `enable_thinking`.
    pub variables: Option<&'a Map<String, Value>>,
    /// Local time that templates see; by default now.
    pub now: DateTime,
}

impl<'a> ChatInput<'a> {
    /// Messages that the assistant is to answer, at this time.
    pub fn new(messages: &'a [Value]) -> Self {
        Self {
            messages,
            tools: None,
            add_generation_prompt: true,
            continue_final_message: false,
            variables: None,
            now: Zoned::now().datetime(),
        }
    }
}
