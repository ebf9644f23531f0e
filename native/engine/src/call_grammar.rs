use std::fmt::Write;

use llguidance::JsonCompileOptions;
use serde_json::Value;

/// Any text; special tokens are none.
const ANY_TEXT: &str = r"/(.|\n)*/";

/// Which functions an answer may call, and how the model writes a call down.
#[derive(Clone, Debug, PartialEq)]
pub struct CallGrammar {
    pub functions: Vec<FunctionGrammar>,
    /// What the answer may be instead of calls.
    pub otherwise: Otherwise,
    /// How the model begins its calls.
    pub marker: CallMarker,
    /// Stands between the marker and the first call.
    pub head: String,
    /// Stands between two calls; `None` allows one call only.
    pub separator: Option<String>,
    /// Stands behind the last call.
    pub tail: String,
}

/// One function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionGrammar {
    /// What errors call it.
    pub name: String,
    /// What a call of it has before its arguments, its name included.
    pub before: String,
    /// JSON Schema of the arguments, written as Python's `json.dumps` writes JSON: a space behind commas and colons.
    pub arguments: Value,
    /// What a call has behind its arguments.
    pub after: String,
}

/// How a model begins its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallMarker {
    /// A text, which may stand behind other text.
    Text(String),
    /// A special token, which may stand behind other text.
    Token(u32),
    /// Nothing: an answer is a call if it begins like one. Some models put a special token before it.
    Start { token: Option<u32> },
}

/// What an answer may be that calls nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Otherwise {
    /// It has to call.
    Nothing,
    /// Any text; calls may follow it unless they have to stand at the start.
    Text,
    /// JSON that this schema describes, without white space outside strings.
    Schema(Value),
}

impl CallGrammar {
    /// All schemas within.
    pub(crate) fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let otherwise = match &mut self.otherwise {
            Otherwise::Schema(schema) => Some(schema),
            Otherwise::Nothing | Otherwise::Text => None,
        };
        self.functions.iter_mut().map(|function| &mut function.arguments).chain(otherwise)
    }

    /// The grammar as text for llguidance.
    pub(crate) fn into_lark(self, compact: &JsonCompileOptions) -> String {
        let spaced = JsonCompileOptions {
            item_separator: ", ".to_owned(),
            key_separator: ": ".to_owned(),
            ..compact.clone()
        };
        let (instead, lead) = self.start();
        let mut lark = format!("start: {instead}{lead}calls\n");
        if let Otherwise::Schema(schema) = &self.otherwise {
            let mut schema = schema.clone();
            compact.apply_to(&mut schema);
            let _ = writeln!(lark, "instead: %json {schema}");
        }
        if let (Otherwise::Text, CallMarker::Text(marker)) = (&self.otherwise, &self.marker) {
            let _ = writeln!(lark, "lead[lazy]: TEXT {}", quoted(marker));
        }
        if self.otherwise == Otherwise::Text {
            let text = match self.marker {
                CallMarker::Start { .. } => {
                    let starts = self.functions.iter().map(|function| quoted(&function.before));
                    let starts = starts.collect::<Vec<_>>().join(" | ");
                    format!("{ANY_TEXT} & ~(({starts}) {ANY_TEXT})")
                }
                CallMarker::Text(_) | CallMarker::Token(_) => ANY_TEXT.to_owned(),
            };
            let _ = writeln!(lark, "TEXT: {text}");
        }
        let more = self.separator.map(|separator| format!("({} call)*", quoted(&separator)));
        let _ = writeln!(
            lark,
            "calls: {} call {} {}",
            quoted(&self.head),
            more.unwrap_or_default(),
            quoted(&self.tail)
        );
        let names: Vec<_> = (0..self.functions.len()).map(|index| format!("call_{index}")).collect();
        let _ = writeln!(lark, "call: {}", names.join(" | "));
        for (name, mut function) in names.iter().zip(self.functions) {
            spaced.apply_to(&mut function.arguments);
            let (before, after) = (quoted(&function.before), quoted(&function.after));
            let _ = writeln!(lark, "{name}: {before} {name}_arguments {after}");
            let _ = writeln!(lark, "{name}_arguments: %json {}", function.arguments);
        }
        lark
    }

    /// What may stand instead of calls, and what stands before them.
    fn start(&self) -> (&'static str, String) {
        let marker = match &self.marker {
            CallMarker::Text(marker) => format!("{} ", quoted(marker)),
            CallMarker::Token(token) => format!("<[{token}]> "),
            CallMarker::Start { token: Some(token) } => format!("<[{token}]>? "),
            CallMarker::Start { token: None } => String::new(),
        };
        match (&self.otherwise, &self.marker) {
            (Otherwise::Nothing, _) => ("", marker),
            (Otherwise::Schema(_), _) => ("instead | ", marker),
            (Otherwise::Text, CallMarker::Text(_)) => ("TEXT | ", "lead ".to_owned()),
            (Otherwise::Text, CallMarker::Token(_)) => ("TEXT | ", format!("TEXT {marker}")),
            (Otherwise::Text, CallMarker::Start { .. }) => ("TEXT | ", marker),
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
