use crate::control_tokens::is_mark;

/// A rendered chat, which still knows the template's control tokens from those that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    marked: String,
    has_marks: bool,
}

impl Prompt {
    pub(crate) fn new(marked: String) -> Self {
        Self { has_marks: marked.contains(is_mark), marked }
    }

    /// The prompt as text; to get its tokens use [`crate::Tokenizer::encode_prompt`].
    pub fn text(&self) -> String {
        if self.has_marks { self.marked.replace(is_mark, "") } else { self.marked.clone() }
    }

    pub(crate) fn marked(&self) -> &str {
        &self.marked
    }

    pub(crate) const fn has_marks(&self) -> bool {
        self.has_marks
    }
}
