use std::collections::HashSet;

use conduit_gguf::Metadata;
use serde_json::{Map, Value};

use crate::Result;

const TEXTS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";

/// Types of tokens, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Unknown,
    /// Steers the model, and is no text.
    Control,
    /// Text that is always one token.
    UserDefined,
    Unused,
    /// A byte of a character that has no token.
    Byte,
}

/// A file's tokens, by id.
pub(super) struct Tokens<'a> {
    pub texts: Vec<&'a str>,
    kinds: Vec<Kind>,
}

impl<'a> Tokens<'a> {
    pub fn read(metadata: &'a Metadata) -> Result<Self> {
        let texts = metadata.texts(TEXTS)?.ok_or_else(|| metadata.invalid(TEXTS, "is missing"))?;
        let mut known = HashSet::new();
        if let Some(text) = texts.iter().find(|text| !known.insert(**text)) {
            return Err(metadata.invalid(TEXTS, &format!("{text:?} is there twice")).into());
        }
        let kinds = match metadata.unsigneds(TYPES)? {
            None => vec![Kind::Normal; texts.len()],
            Some(types) if types.len() != texts.len() => {
                let reason = format!("{} types for {} tokens", types.len(), texts.len());
                return Err(metadata.invalid(TYPES, &reason).into());
            }
            Some(types) => {
                let kind = |number: &u64| Kind::of(*number).ok_or(*number);
                let unknown = |number| metadata.invalid(TYPES, &format!("the unknown type {number}"));
                types.iter().map(kind).collect::<Result<_, _>>().map_err(unknown)?
            }
        };
        Ok(Self { texts, kinds })
    }

    /// The token that `tokenizer.ggml.<name>_token_id` names.
    pub fn id(&self, metadata: &Metadata, name: &str) -> Result<Option<u32>> {
        let key = format!("tokenizer.ggml.{name}_token_id");
        // Files have the largest number for none, too.
        let Some(id) = metadata.unsigned(&key)?.filter(|id| *id != u64::from(u32::MAX)) else {
            return Ok(None);
        };
        match u32::try_from(id) {
            Ok(small) if (small as usize) < self.texts.len() => Ok(Some(small)),
            _ => Err(metadata.invalid(&key, &format!("{id} of {} tokens", self.texts.len())).into()),
        }
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (u32, &'a str)> {
        let tokens = (0..).zip(self.texts.iter().zip(&self.kinds));
        tokens.filter(move |(_, (_, found))| **found == kind).map(|(id, (text, _))| (id, *text))
    }

    /// Ids by text, without those that a converter made up for rows of the model that stand for no token.
    pub fn vocabulary(&self) -> Map<String, Value> {
        let is_made_up = |id: u32, text: &str| text == format!("[PAD{id}]");
        let tokens = (0..).zip(self.texts.iter().zip(&self.kinds));
        let real = tokens.filter(|(id, (text, kind))| **kind != Kind::Unused || !is_made_up(*id, text));
        real.map(|(id, (text, _))| ((*text).to_owned(), Value::from(id))).collect()
    }
}

impl Kind {
    fn of(number: u64) -> Option<Self> {
        match number {
            // 0 is said to be undefined, and is text as any other.
            0 | 1 => Some(Self::Normal),
            2 => Some(Self::Unknown),
            3 => Some(Self::Control),
            4 => Some(Self::UserDefined),
            5 => Some(Self::Unused),
            6 => Some(Self::Byte),
            _ => None,
        }
    }
}
