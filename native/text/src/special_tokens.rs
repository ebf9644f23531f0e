use serde_json::{Map, Value};

use crate::{Result, model_folder::ModelFolder};

/// Keys of tokenizer_config.json and special_tokens_map.json that chat templates see as variables.
const ROLES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// The tokens that have a role, by role, as the model's files name them.
pub(crate) struct SpecialTokens {
    /// `bos_token`, `eos_token` and so on, in the order of [`ROLES`]; roles without a token are left out.
    pub(crate) by_role: Vec<(&'static str, String)>,
    /// `additional_special_tokens`.
    pub(crate) additional: Vec<String>,
}

impl SpecialTokens {
    /// Reads tokenizer_config.json, and special_tokens_map.json for what the first does not mention.
    pub(crate) fn read(folder: &ModelFolder<'_>) -> Result<Self> {
        let config = folder.read_object("tokenizer_config.json")?;
        let map = folder.read_object("special_tokens_map.json")?;
        let find = |key: &str| config.get(key).or_else(|| map.get(key));
        let by_role = ROLES.into_iter().filter_map(|role| Some((role, token_text(find(role)?)?))).collect();
        let additional = find("additional_special_tokens").and_then(Value::as_array);
        let additional = additional.into_iter().flatten().filter_map(token_text).collect();
        Ok(Self { by_role, additional })
    }

    pub(crate) fn role(&self, role: &str) -> Option<&str> {
        self.by_role.iter().find(|(name, _)| *name == role).map(|(_, text)| text.as_str())
    }
}

/// Token ids under `key` in the first of generation_config.json and config.json that has any.
pub(crate) fn configured_ids(folder: &ModelFolder<'_>, key: &str) -> Result<Vec<u32>> {
    for file in ["generation_config.json", "config.json"] {
        let ids = ids(&folder.read_object(file)?, key).ok_or_else(|| {
            folder.malformed(file, format!("{key} is not a token id or a list of token ids"))
        })?;
        if !ids.is_empty() {
            return Ok(ids);
        }
    }
    Ok(Vec::new())
}

fn ids(config: &Map<String, Value>, key: &str) -> Option<Vec<u32>> {
    let id = |value: &Value| u32::try_from(value.as_u64()?).ok();
    match config.get(key) {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(id).collect(),
        Some(value) => Some(vec![id(value)?]),
    }
}

/// A token is written as its text, or as an object with the text as `content`.
fn token_text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("content")?.as_str()).map(str::to_owned)
}
