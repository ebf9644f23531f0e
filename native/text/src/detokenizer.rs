use crate::{Tokenizer, decoder::Decoder};

/// Turns tokens into text as they come, and never gives out half a character.
///
/// What all calls return together is what the reference implementation makes of the whole sequence.
#[derive(Clone, Debug)]
pub struct Detokenizer {
    skip_special: bool,
    /// Bytes that do not yet make up a character.
    held: Vec<u8>,
    /// Spaces dropped so far from the beginning; `None` once anything else was given out.
    stripped: Option<usize>,
}

impl Detokenizer {
    /// With `skip_special`, control tokens leave no trace in the text.
    pub const fn new(skip_special: bool) -> Self {
        Self { skip_special, held: Vec::new(), stripped: Some(0) }
    }

    /// The text that `id` completes; ids that stand for no token give none.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> String {
        let table = tokenizer.table();
        if !table.exists(id) || (self.skip_special && table.is_special(id)) {
            return String::new();
        }
        let mut text = String::new();
        match tokenizer.decoder() {
            Decoder::ByteLevel => {
                self.held.extend(table.bytes(id));
                text = take_characters(&mut self.held);
            }
            // The reference judges a run of byte tokens as a whole, so nothing of it is known before it ends.
            Decoder::ByteFallback { .. } if table.is_fallback_byte(id) => self.held.extend(table.bytes(id)),
            Decoder::ByteFallback { strip_start, .. } => {
                text = self.take_run();
                text.push_str(&String::from_utf8_lossy(table.bytes(id)));
                self.strip(&mut text, strip_start);
            }
        }
        text
    }

    /// The text that was held back, with U+FFFD for bytes that never became a character.
    pub fn finish(&mut self, tokenizer: &Tokenizer) -> String {
        match tokenizer.decoder() {
            Decoder::ByteLevel => String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned(),
            Decoder::ByteFallback { strip_start, .. } => {
                let mut text = self.take_run();
                self.strip(&mut text, strip_start);
                text
            }
        }
    }

    /// Bytes that have become no text yet.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held
    }

    fn take_run(&mut self) -> String {
        let count = self.held.len();
        String::from_utf8(std::mem::take(&mut self.held)).unwrap_or_else(|_| "\u{FFFD}".repeat(count))
    }

    fn strip(&mut self, text: &mut String, strip_start: usize) {
        let Some(stripped) = self.stripped else { return };
        let spaces = text.bytes().take_while(|byte| *byte == b' ').count().min(strip_start - stripped);
        text.drain(..spaces);
        self.stripped = text.is_empty().then_some(stripped + spaces);
    }
}

/// Removes from `bytes` all but an unfinished character at the end; what can be no character becomes U+FFFD.
fn take_characters(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    let mut done = 0;
    loop {
        match std::str::from_utf8(&bytes[done..]) {
            Ok(valid) => {
                text.push_str(valid);
                done = bytes.len();
                break;
            }
            Err(error) => {
                let valid = done + error.valid_up_to();
                text.push_str(&String::from_utf8_lossy(&bytes[done..valid]));
                done = valid;
                let Some(length) = error.error_len() else { break };
                text.push(char::REPLACEMENT_CHARACTER);
                done += length;
            }
        }
    }
    bytes.drain(..done);
    text
}

#[cfg(test)]
mod tests {
    use super::take_characters;

    #[test]
    fn pieces_of_any_size_give_what_the_whole_gives() {
        let sequences: [&[u8]; 6] = [
            "a👩‍🚀é文\u{301}".as_bytes(),
            b"\xff\xfe\xf0\x9f\x98",
            b"\xe6\x96a\xe6\x96\x87\xf0\x9f\xf0\x9f\x98\x80",
            b"\xed\xa0\x80\xc0\xaf",
            b"\xf4\x90\x80\x80x",
            b"",
        ];
        for bytes in sequences {
            for size in 1..5 {
                let (mut held, mut text) = (Vec::new(), String::new());
                for piece in bytes.chunks(size) {
                    held.extend(piece);
                    text.push_str(&take_characters(&mut held));
                }
                text.push_str(&String::from_utf8_lossy(&held));
                assert_eq!(text, String::from_utf8_lossy(bytes), "{bytes:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn only_an_unfinished_character_is_held() {
        let mut held = b"a\xf0\x9f\x98".to_vec();
        assert_eq!(take_characters(&mut held), "a");
        assert_eq!(held, b"\xf0\x9f\x98");
        held.push(0x80);
        assert_eq!(take_characters(&mut held), "😀");
        assert!(held.is_empty());
    }
}
