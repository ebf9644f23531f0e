use tokenizers::Tokenizer as Reference;

use crate::decoder::Decoder;

/// The bytes of each token, in one piece of memory.
pub(crate) struct TokenTable {
    bytes: Vec<u8>,
    /// Where each token's bytes end; they begin where the one before ends.
    ends: Vec<u32>,
    flags: Vec<Flags>,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    exists: bool,
    special: bool,
    /// One byte of a character, which only its neighbours complete.
    fallback_byte: bool,
}

/// More than any tokenizer has; a larger id would take memory for all ids before it.
const MOST_TOKENS: usize = 1 << 22;

impl TokenTable {
    /// # Errors
    /// Where an id lies beyond any vocabulary.
    pub(crate) fn new(tokenizer: &Reference, decoder: Decoder) -> Result<Self, String> {
        let mut texts: Vec<Option<(String, bool)>> = Vec::new();
        let mut put = |id: u32, text: String, special: bool| {
            let index = id as usize;
            if index >= MOST_TOKENS {
                return Err(format!("the token {text:?} has the id {id}, expected less than {MOST_TOKENS}"));
            }
            if index >= texts.len() {
                texts.resize(index + 1, None);
            }
            texts[index] = Some((text, special));
            Ok(())
        };
        for (text, id) in tokenizer.get_vocab(false) {
            put(id, text, false)?;
        }
        for (id, token) in tokenizer.get_added_tokens_decoder() {
            put(id, token.content, token.special)?;
        }
        let mut table = Self { bytes: Vec::new(), ends: Vec::new(), flags: Vec::new() };
        for entry in texts {
            let mut flags = Flags::default();
            if let Some((text, special)) = entry {
                flags = Flags { exists: true, special, fallback_byte: false };
                match decoder {
                    Decoder::ByteLevel => push_byte_level(&mut table.bytes, &text),
                    Decoder::ByteFallback { space, .. } => match fallback_byte(&text) {
                        Some(byte) => {
                            flags.fallback_byte = true;
                            table.bytes.push(byte);
                        }
                        None => table.bytes.extend(text.replace(space, " ").bytes()),
                    },
                }
            }
            table.ends.push(u32::try_from(table.bytes.len()).unwrap_or(u32::MAX));
            table.flags.push(flags);
        }
        Ok(table)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Empty for ids that stand for no token.
    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..end as usize]
    }

    pub(crate) fn exists(&self, id: u32) -> bool {
        self.flag(id).exists
    }

    pub(crate) fn is_special(&self, id: u32) -> bool {
        self.flag(id).special
    }

    pub(crate) fn is_fallback_byte(&self, id: u32) -> bool {
        self.flag(id).fallback_byte
    }

    fn flag(&self, id: u32) -> Flags {
        self.flags.get(id as usize).copied().unwrap_or_default()
    }
}

/// Appends the bytes of a byte-level token; a text with any other character stands for itself.
fn push_byte_level(bytes: &mut Vec<u8>, text: &str) {
    let start = bytes.len();
    for character in text.chars() {
        let Some(byte) = byte_level_byte(character) else {
            bytes.truncate(start);
            bytes.extend(text.bytes());
            return;
        };
        bytes.push(byte);
    }
}

/// The byte that GPT-2's alphabet writes as `character`: printable Latin-1 stands for itself, and the 68 others are
/// counted off from U+0100.
fn byte_level_byte(character: char) -> Option<u8> {
    let own = |code: u32| matches!(code, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    match u32::from(character) {
        code if own(code) => u8::try_from(code).ok(),
        code @ 0x100..0x144 => {
            let index = code - 0x100;
            // The others in order are 0x00..=0x20, 0x7f..=0xa0 and 0xad.
            let byte = match index {
                0..=0x20 => index,
                0x21..=0x42 => 0x7f + index - 0x21,
                _ => 0xad,
            };
            u8::try_from(byte).ok()
        }
        _ => None,
    }
}

fn fallback_byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() == 2 { u8::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_alphabet_is_the_one_of_the_tokenizers_library() {
        let alphabet = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet();
        let mut bytes: Vec<u8> =
            alphabet.iter().filter_map(|character| byte_level_byte(*character)).collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
        assert_eq!(byte_level_byte('Ġ'), Some(b' '));
        assert_eq!(byte_level_byte('Ċ'), Some(b'\n'));
        assert_eq!(byte_level_byte('Ń'), Some(0xad));
        assert_eq!(byte_level_byte('ń'), None);
    }

    #[test]
    fn a_text_outside_the_alphabet_stands_for_itself() {
        let mut bytes = vec![1];
        push_byte_level(&mut bytes, "Ġ 文");
        assert_eq!(bytes, [&[1], "Ġ 文".as_bytes()].concat());
    }

    #[test]
    fn fallback_bytes_are_two_hexadecimal_digits() {
        assert_eq!(fallback_byte("<0xE9>"), Some(0xe9));
        assert_eq!(fallback_byte("<0x0a>"), Some(0x0a));
        assert_eq!(fallback_byte("<0x+9>"), Some(9));
        assert_eq!(fallback_byte("<0x123>"), None);
        assert_eq!(fallback_byte("<0xé>"), None);
    }
}
