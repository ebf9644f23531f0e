use std::{error::Error as _, path::Path};

use conduit_gguf::Gguf;
use minijinja::{Environment, Error, Value as Variable};
use serde_json::{Map, Value};

use super::{
    ChatInput, Prompt,
    environment::{NOW, Raised, environment, without_generation_tags},
    messages::{cut_at_tag, invalid, prepare, tag_final},
    source,
};
use crate::{Result, TextError, Tokenizer, control_tokens::ControlTokens, model_folder::ModelFolder};

const DEFAULT: &str = "default";
const TOOL_USE: &str = "tool_use";

/// Variables that have a place of their own in [`ChatInput`].
const RESERVED: [&str; 3] = ["messages", "tools", "add_generation_prompt"];

/// A model's chat template, compiled.
///
/// What it may do is bounded in instructions and in depth, not in memory: a template comes with the weights and is
/// trusted as they are.
pub struct ChatTemplate {
    environment: Environment<'static>,
    special: Vec<(String, Variable)>,
}

impl ChatTemplate {
    /// Reads the template of a model folder, or of a GGUF file.
    ///
    /// Fails with [`TextError::NoChatTemplate`] for base models, and with [`TextError::TemplateSyntax`].
    pub fn load(folder: &Path, tokenizer: &Tokenizer) -> Result<Self> {
        let sources = match Gguf::is_at(folder) {
            true => source::read_gguf(&Gguf::open(folder)?)?,
            false => source::read(&ModelFolder(folder))?,
        };
        let syntax = |error: Error| TextError::TemplateSyntax { reason: error.to_string() };
        let mut environment = environment().map_err(syntax)?;
        for (name, source) in [(DEFAULT, Some(sources.default)), (TOOL_USE, sources.tool_use)] {
            if let Some(source) = source {
                let source = without_generation_tags(&source).into_owned();
                environment.add_template_owned(name, source).map_err(syntax)?;
            }
        }
        let tokens = tokenizer.special_tokens();
        let mut special: Vec<_> =
            tokens.by_role.iter().map(|(role, text)| ((*role).to_owned(), Variable::from(text))).collect();
        if !tokens.additional.is_empty() {
            let additional = tokens.additional.iter().map(Variable::from).collect();
            special.push(("additional_special_tokens".to_owned(), additional));
        }
        Ok(Self { environment, special })
    }

    /// Whether the template's own text has `text` in it.
    pub fn contains(&self, text: &str) -> bool {
        self.environment.templates().any(|(_, template)| template.source().contains(text))
    }

    /// Renders messages into a prompt.
    ///
    /// Control tokens in messages, tools and variables stay text, also where the template cuts or joins them.
    pub fn render(&self, tokenizer: &Tokenizer, input: &ChatInput<'_>) -> Result<Prompt> {
        if input.continue_final_message && input.add_generation_prompt {
            return Err(invalid("continue_final_message and add_generation_prompt exclude each other"));
        }
        if let Some(name) = RESERVED
            .into_iter()
            .find(|name| input.variables.is_some_and(|variables| variables.contains_key(*name)))
        {
            return Err(invalid(&format!("{name} is no further variable of the chat template")));
        }
        let control = tokenizer.control_tokens();
        let mut messages = prepare(input.messages)?;
        for message in &mut messages {
            mark_all(control, message.values_mut());
        }
        if input.continue_final_message {
            tag_final(&mut messages)?;
        }
        let rendered = self.run(input, messages, control)?;
        let rendered = if input.continue_final_message { cut_at_tag(rendered)? } else { rendered };
        Ok(Prompt::new(control.break_typed(&rendered)))
    }

    fn run(
        &self,
        input: &ChatInput<'_>,
        messages: Vec<Map<String, Value>>,
        control: &ControlTokens,
    ) -> Result<String> {
        let marked = |value: &Value| {
            let mut value = value.clone();
            mark_all(control, [&mut value]);
            variable(value)
        };
        let tools = input.tools.map(|tools| tools.iter().map(marked).collect::<Variable>());
        let own = [
            ("documents", Variable::from(())),
            ("messages", messages.into_iter().map(Value::Object).map(variable).collect()),
            ("tools", tools.unwrap_or_else(|| Variable::from(()))),
            ("add_generation_prompt", Variable::from(input.add_generation_prompt)),
            (NOW, Variable::from(input.now.to_string())),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let further =
            input.variables.into_iter().flatten().map(|(name, value)| (name.clone(), marked(value)));
        // A later entry replaces an earlier one of the same name.
        let context = Variable::from_pairs(self.special.iter().cloned().chain(own).chain(further));
        let with_tools = input.tools.is_some_and(|tools| !tools.is_empty());
        let template = match self.environment.get_template(TOOL_USE) {
            Ok(template) if with_tools => template,
            _ => self.environment.get_template(DEFAULT).map_err(failed)?,
        };
        template.render(context).map_err(failed)
    }
}

fn failed(error: Error) -> TextError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(Raised(message)) = cause.downcast_ref() {
            return TextError::TemplateRaised { message: message.clone() };
        }
        source = cause.source();
    }
    TextError::TemplateFailed { reason: error.to_string() }
}

/// Marks the control tokens in all strings within `values`, keys of objects included.
fn mark_all<'v>(control: &ControlTokens, values: impl IntoIterator<Item = &'v mut Value>) {
    for value in values {
        match value {
            Value::String(text) => {
                if let std::borrow::Cow::Owned(marked) = control.mark(text) {
                    *text = marked;
                }
            }
            Value::Array(items) => mark_all(control, items),
            Value::Object(entries) => {
                mark_all(control, entries.values_mut());
                let is_marked = |key: &String| matches!(control.mark(key), std::borrow::Cow::Owned(_));
                if entries.keys().any(is_marked) {
                    let marked = |(key, value): (String, Value)| (control.mark(&key).into_owned(), value);
                    *entries = std::mem::take(entries).into_iter().map(marked).collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn variable(value: Value) -> Variable {
    match value {
        Value::Null => Variable::from(()),
        Value::Bool(value) => Variable::from(value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Variable::from(number),
            (None, Some(number)) => Variable::from(number),
            (None, None) => Variable::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Variable::from(text),
        Value::Array(items) => items.into_iter().map(variable).collect(),
        Value::Object(entries) => {
            Variable::from_pairs(entries.into_iter().map(|(name, value)| (name, variable(value))))
        }
    }
}
