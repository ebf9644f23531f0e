use std::path::PathBuf;

use crate::{
    Result, TextError,
    model_folder::ModelFolder,
    special_tokens::{SpecialTokens, configured_ids},
};

/// What a tokenizer is made of.
pub(crate) struct TokenizerFiles {
    /// What `json` was read from.
    pub(crate) file: PathBuf,
    /// As tokenizer.json has it.
    pub(crate) json: Vec<u8>,
    pub(crate) special: SpecialTokens,
    /// Where no token has that role.
    pub(crate) bos_token_id: Option<u32>,
    /// Where there are none, the token with that role ends an answer.
    pub(crate) eos_token_ids: Vec<u32>,
}

impl TokenizerFiles {
    /// Those of a Hugging Face folder.
    pub(crate) fn read(folder: &ModelFolder<'_>) -> Result<Self> {
        const FILE: &str = "tokenizer.json";
        let file = folder.path(FILE);
        let Some(json) = folder.read(FILE)? else { return Err(TextError::MissingFile { file }) };
        Ok(Self {
            file,
            json,
            special: SpecialTokens::read(folder)?,
            bos_token_id: configured_ids(folder, "bos_token_id")?.first().copied(),
            eos_token_ids: configured_ids(folder, "eos_token_id")?,
        })
    }
}
