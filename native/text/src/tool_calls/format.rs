use crate::{ChatTemplate, Tokenizer};

/// How a model begins its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolCallMarker {
    /// A text, which may stand behind other text, and which begins every call.
    Text(&'static str),
    /// A special token, which may stand behind other text and begins a list of calls.
    Token(u32),
    /// An answer is a call if it begins like one; some models put a special token before it.
    Start { token: Option<u32> },
}

/// How a model writes calls of functions, as its chat template has it.
///
/// A call is [`ToolCallFormat::before_arguments`], its arguments as JSON, and [`ToolCallFormat::after_arguments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolCallFormat {
    pub marker: ToolCallMarker,
    /// Stands between the marker and the first call.
    pub head: &'static str,
    /// Stands between two calls, the marker of the second included; `None` where an answer has one call only.
    pub separator: Option<&'static str>,
    /// Stands behind the last call.
    pub tail: &'static str,
    /// Templates of some models take no other ids than these: so many letters and digits.
    pub id_characters: Option<usize>,
    before_name: &'static str,
    after_name: &'static str,
    after_arguments: &'static str,
}

impl ToolCallFormat {
    /// The format of a model, by what its template knows of; `None` where it knows of none of these.
    pub fn find(tokenizer: &Tokenizer, template: &ChatTemplate) -> Option<Self> {
        let special = |text| tokenizer.token_id(text).filter(|id| tokenizer.is_special(*id));
        if template.contains("[TOOL_CALLS]") {
            // Later Mistral models write [TOOL_CALLS]name[ARGS]{…}.
            let token = special("[TOOL_CALLS]").filter(|_| !template.contains("[ARGS]"))?;
            return Some(Self::mistral(token, template.contains("[TOOL_CALLS] [")));
        }
        if template.contains("<tool_call>") {
            // Qwen3-Coder and GLM write XML within.
            let json = !template.contains("<function=") && !template.contains("<arg_key>");
            return json.then_some(Self::HERMES);
        }
        // Llama 3.1 and later, where JSON is one of two ways.
        let llama = template.contains("ipython") && template.contains("\"parameters\": ");
        llama.then(|| Self::llama(special("<|python_tag|>")))
    }

    /// Hermes 2 Pro, Qwen2.5, Qwen3 and many others.
    const HERMES: Self = Self {
        marker: ToolCallMarker::Text("<tool_call>"),
        head: "",
        separator: Some("\n<tool_call>"),
        tail: "",
        id_characters: None,
        before_name: "\n{\"name\": ",
        after_name: ", \"arguments\": ",
        after_arguments: "}\n</tool_call>",
    };

    const fn llama(token: Option<u32>) -> Self {
        Self {
            marker: ToolCallMarker::Start { token },
            // Its template takes no more than one.
            separator: None,
            before_name: "{\"name\": ",
            after_name: ", \"parameters\": ",
            after_arguments: "}",
            ..Self::HERMES
        }
    }

    const fn mistral(token: u32, spaced: bool) -> Self {
        Self {
            marker: ToolCallMarker::Token(token),
            head: if spaced { " [" } else { "[" },
            separator: Some(", "),
            tail: "]",
            id_characters: Some(9),
            before_name: "{\"name\": ",
            after_name: ", \"arguments\": ",
            after_arguments: "}",
        }
    }

    /// What a call of this function has before its arguments.
    pub fn before_arguments(&self, function: &str) -> String {
        format!("{}{}{}", self.before_name, serde_json::Value::from(function), self.after_name)
    }

    /// What a call has behind its arguments.
    pub const fn after_arguments(&self) -> &'static str {
        self.after_arguments
    }

    /// The special token that begins calls, or may begin them.
    pub const fn marker_token(&self) -> Option<u32> {
        match self.marker {
            ToolCallMarker::Text(_) => None,
            ToolCallMarker::Token(token) => Some(token),
            ToolCallMarker::Start { token } => token,
        }
    }
}
