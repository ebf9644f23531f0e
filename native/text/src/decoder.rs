use serde_json::Value;

/// How the strings of a vocabulary stand for bytes, and how tokens are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoder {
    /// Each character is a byte (GPT-2, Llama 3, Qwen).
    ByteLevel,
    /// `space` is a space, and `<0xE9>` the byte E9 (SentencePiece: Llama 2, Mistral, Gemma).
    ByteFallback {
        space: char,
        /// So many spaces at the beginning of a text are dropped.
        strip_start: usize,
    },
}

impl Decoder {
    /// Recognises the decoder of a tokenizer.json; the error says what it is instead.
    pub(crate) fn from_json(decoder: &Value) -> Result<Self, String> {
        let steps = match decoder["decoders"].as_array() {
            Some(steps) if kind(decoder) == "Sequence" => steps.as_slice(),
            _ => std::slice::from_ref(decoder),
        };
        let unsupported = || {
            let kinds: Vec<_> = steps.iter().map(kind).collect();
            format!("its decoder is {}; ByteLevel and ByteFallback are supported", kinds.join(", "))
        };
        if let [only] = steps
            && kind(only) == "ByteLevel"
        {
            return Ok(Self::ByteLevel);
        }
        let (replace, rest) = match steps {
            [first, rest @ ..] if kind(first) == "Replace" => (Some(first), rest),
            _ => (None, steps),
        };
        let space = match replace {
            None => Some(' '),
            Some(step) if step["content"] == " " => one_char(&step["pattern"]["String"]),
            Some(_) => None,
        };
        let strip_start = match rest {
            [fallback, fuse] if kind(fallback) == "ByteFallback" && kind(fuse) == "Fuse" => Some(0),
            [fallback, fuse, strip]
                if kind(fallback) == "ByteFallback"
                    && kind(fuse) == "Fuse"
                    && kind(strip) == "Strip"
                    && strip["content"] == " "
                    && strip["stop"] == 0 =>
            {
                strip["start"].as_u64().and_then(|start| usize::try_from(start).ok())
            }
            _ => None,
        };
        match (space, strip_start) {
            (Some(space), Some(strip_start)) => Ok(Self::ByteFallback { space, strip_start }),
            _ => Err(unsupported()),
        }
    }
}

fn kind(step: &Value) -> &str {
    step["type"].as_str().unwrap_or("none")
}

fn one_char(value: &Value) -> Option<char> {
    let mut chars = value.as_str()?.chars();
    chars.next().filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::Decoder;
    use serde_json::json;

    #[test]
    fn the_two_kinds_are_recognised() {
        assert_eq!(Decoder::from_json(&json!({ "type": "ByteLevel" })), Ok(Decoder::ByteLevel));
        let llama = json!({ "type": "Sequence", "decoders": [
            { "type": "Replace", "pattern": { "String": "▁" }, "content": " " },
            { "type": "ByteFallback" },
            { "type": "Fuse" },
            { "type": "Strip", "content": " ", "start": 1, "stop": 0 },
        ]});
        assert_eq!(Decoder::from_json(&llama), Ok(Decoder::ByteFallback { space: '▁', strip_start: 1 }));
    }

    #[test]
    fn others_are_named_in_the_error() {
        let error = Decoder::from_json(&json!({ "type": "WordPiece" })).unwrap_err();
        assert!(error.contains("WordPiece"), "{error}");
        let error = Decoder::from_json(&json!(null)).unwrap_err();
        assert!(error.contains("none"), "{error}");
    }
}
