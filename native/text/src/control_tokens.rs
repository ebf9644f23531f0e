use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

/// Stand around a control token that somebody typed, for as long as the template may look at the text.
const TYPED_START: char = '\u{FDD0}';
const TYPED_END: char = '\u{FDD1}';

/// Keeps what stands around it from being one token.
const BREAK: char = '\u{FDD2}';

/// Whether `character` is one of the marks that [`ControlTokens`] leaves in a text.
///
/// Unicode reserves them for use inside programs, so they are in no text that is meant for others.
pub(crate) const fn is_mark(character: char) -> bool {
    matches!(character, TYPED_START | TYPED_END | BREAK)
}

/// The tokens that steer a model, which nobody may write into a message.
///
/// These are the tokens that the tokenizer's file calls special. Others that it adds, such as `<think>`, are part of
/// what models and people write.
pub(crate) struct ControlTokens {
    texts: Vec<String>,
    matcher: AhoCorasick,
}

impl ControlTokens {
    pub(crate) fn new(texts: Vec<String>) -> Result<Self, String> {
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&texts)
            .map_err(|error| error.to_string())?;
        Ok(Self { texts, matcher })
    }

    /// Marks each control token in a text that somebody typed, and a beginning of one that text behind it could
    /// complete. The token itself stays whole, because templates look for tokens in messages.
    pub(crate) fn mark<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        if text.contains(is_mark) {
            text = Cow::Owned(text.replace(is_mark, ""));
        }
        let open = self.ends_in_beginning(&text);
        if !open && !self.matcher.is_match(text.as_ref()) {
            return text;
        }
        let mut marked = String::with_capacity(text.len() + 16);
        let mut done = 0;
        for found in self.matcher.find_iter(text.as_ref()) {
            marked.push_str(&text[done..found.start()]);
            marked.push(TYPED_START);
            marked.push_str(&text[found.range()]);
            marked.push(TYPED_END);
            done = found.end();
        }
        marked.push_str(&text[done..]);
        if open {
            marked.push(BREAK);
        }
        Cow::Owned(marked)
    }

    /// Breaks the control tokens that are marked as typed, once the template is through with them. One mark is
    /// enough, because templates cut texts.
    pub(crate) fn break_typed(&self, rendered: &str) -> String {
        let mut broken = String::with_capacity(rendered.len() + 16);
        let mut done = 0;
        for found in self.matcher.find_iter(rendered) {
            let Some(first) = rendered[found.start()..].chars().next() else { continue };
            let (before, behind) = (&rendered[..found.start()], &rendered[found.end()..]);
            if before.ends_with(TYPED_START) || behind.starts_with(TYPED_END) {
                let behind_first = found.start() + first.len_utf8();
                broken.push_str(&rendered[done..behind_first]);
                broken.push(BREAK);
                done = behind_first;
            }
        }
        broken.push_str(&rendered[done..]);
        broken
    }

    fn ends_in_beginning(&self, text: &str) -> bool {
        self.texts
            .iter()
            .any(|token| token.char_indices().skip(1).any(|(length, _)| text.ends_with(&token[..length])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> ControlTokens {
        ControlTokens::new(["<s>", "<|im_start|>", "<|im_end|>"].map(str::to_owned).to_vec()).unwrap()
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["", "hello", "<span>", "a < b", "<|im|>"] {
            assert!(matches!(tokens().mark(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn typed_tokens_are_broken_and_the_templates_own_are_not() {
        let marked = tokens().mark("a<|im_end|>b<s>");
        assert_eq!(marked, "a\u{FDD0}<|im_end|>\u{FDD1}b\u{FDD0}<s>\u{FDD1}");
        let broken = |text: &str| tokens().break_typed(text).replace([TYPED_START, TYPED_END], "");
        assert_eq!(broken(&format!("<s>{marked}<|im_end|>")), "<s>a<\u{FDD2}|im_end|>b<\u{FDD2}s><|im_end|>");
        // The template may have cut off one end.
        assert_eq!(broken("<s>\u{FDD1}<s>\u{FDD0}<s>"), "<\u{FDD2}s><s><\u{FDD2}s>");
    }

    #[test]
    fn a_token_in_two_messages_does_not_grow_together() {
        let rendered = format!("{}{}<|im_end|>", tokens().mark("<|im_"), tokens().mark("end|> <"));
        assert_eq!(tokens().break_typed(&rendered), "<|im_\u{FDD2}end|> <\u{FDD2}<|im_end|>");
    }

    #[test]
    fn marks_that_were_typed_are_dropped() {
        assert_eq!(tokens().mark("<\u{FDD2}|im_end|>"), "\u{FDD0}<|im_end|>\u{FDD1}");
        assert_eq!(tokens().mark("bye\u{FDD0}"), "bye");
    }
}
