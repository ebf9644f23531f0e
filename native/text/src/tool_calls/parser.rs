use super::json_end::JsonEnd;
use super::{ToolCallFormat, ToolCallMarker};

/// A piece of an answer that may call functions; its text is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolPart {
    Text(String),
    /// A call of the function of this name begins.
    Call(String),
    /// More of the last call's arguments, JSON as the model writes it.
    Arguments(String),
}

/// Tells text from calls in an answer that comes in pieces and that the grammar of its format holds.
///
/// White space between text and calls belongs to neither. A call shows once its name is complete.
#[derive(Clone, Debug)]
pub struct ToolCallParser {
    format: ToolCallFormat,
    /// Names, and what a call of each has before its arguments.
    functions: Vec<(String, String)>,
    state: State,
    /// Text that may turn out to belong to a call, or to nothing.
    held: String,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Text,
    /// Text in which no call can begin any more.
    Plain,
    /// Between the marker, or the end of a call, and the next call's arguments.
    Name,
    Arguments(JsonEnd),
}

impl ToolCallParser {
    pub fn new(format: ToolCallFormat, functions: impl IntoIterator<Item = String>) -> Self {
        let before = |name: String| {
            let before = format.before_arguments(&name);
            (name, before)
        };
        let functions = functions.into_iter().map(before).collect();
        Self { format, functions, state: State::Text, held: String::new() }
    }

    /// Takes the next piece of text.
    pub fn push(&mut self, text: &str) -> Vec<ToolPart> {
        let mut parts = Vec::new();
        let mut rest = text.to_owned();
        while !rest.is_empty() {
            rest = match &mut self.state {
                State::Plain => {
                    parts.push(ToolPart::Text(rest));
                    break;
                }
                State::Text => self.text(&rest, &mut parts),
                State::Name => self.name(&rest, &mut parts),
                State::Arguments(end) => {
                    let length = end.push(&rest);
                    let behind = rest.split_off(length.unwrap_or(rest.len()));
                    parts.push(ToolPart::Arguments(rest));
                    if length.is_some() {
                        self.state = State::Name;
                    }
                    behind
                }
            };
        }
        parts
    }

    /// Takes the special token that begins calls.
    pub fn push_marker(&mut self) {
        if let State::Text = self.state {
            self.held.clear();
            self.state = State::Name;
        }
    }

    /// The text that was held back, at the end of the answer.
    pub fn finish(&mut self) -> Option<ToolPart> {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Text if !held.is_empty() => Some(ToolPart::Text(held)),
            _ => None,
        }
    }

    /// Gives out what is text for certain, and returns what follows the marker.
    fn text(&mut self, text: &str, parts: &mut Vec<ToolPart>) -> String {
        let mut found = std::mem::take(&mut self.held);
        found.push_str(text);
        let (end, rest) = match self.format.marker {
            ToolCallMarker::Text(marker) => match found.find(marker) {
                Some(start) => {
                    self.state = State::Name;
                    (found[..start].trim_end().len(), found[start + marker.len()..].to_owned())
                }
                None => {
                    let lengths = (1..marker.len()).rev();
                    let begun = lengths.filter(|length| found.ends_with(&marker[..*length])).max();
                    let end = found[..found.len() - begun.unwrap_or_default()].trim_end().len();
                    self.held = found[end..].to_owned();
                    (end, String::new())
                }
            },
            ToolCallMarker::Token(_) => {
                let end = found.trim_end().len();
                self.held = found[end..].to_owned();
                (end, String::new())
            }
            ToolCallMarker::Start { .. } => {
                if self.functions.iter().any(|(_, before)| found.starts_with(before)) {
                    self.state = State::Name;
                    return found;
                }
                if self.functions.iter().any(|(_, before)| before.starts_with(&found)) {
                    self.held = found;
                    return String::new();
                }
                self.state = State::Plain;
                return found;
            }
        };
        found.truncate(end);
        if !found.is_empty() {
            parts.push(ToolPart::Text(found));
        }
        rest
    }

    /// Waits for the beginning of a call to be complete, and returns what follows it.
    fn name(&mut self, text: &str, parts: &mut Vec<ToolPart>) -> String {
        self.held.push_str(text);
        let starts = self.functions.iter().filter_map(|(name, before)| {
            let start = self.held.find(before)?;
            Some((start + before.len(), name))
        });
        let Some((end, name)) = starts.min() else { return String::new() };
        parts.push(ToolPart::Call(name.clone()));
        let rest = self.held.split_off(end);
        self.held.clear();
        self.state = State::Arguments(JsonEnd::default());
        rest
    }
}
