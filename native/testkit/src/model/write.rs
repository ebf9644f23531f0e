use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    ModelWriteError, TinyModel,
    config::{config, generation_config},
    tokenizer::{TokenizerFiles, read, tokenizer_config, train},
    weights::weight_files,
};

/// What [`TinyModel::write`] found at the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    New,
    /// The same model was there already, byte for byte; nothing was touched.
    Unchanged,
}

impl TinyModel {
    /// Writes the model as a Hugging Face folder, completely or not at all.
    ///
    /// Fails with [`ModelWriteError::Occupied`] where the folder holds anything but this very model.
    pub fn write(&self, folder: &Path) -> Result<Written, ModelWriteError> {
        let files = self.files()?;
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent))?;
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
            return already_there(folder, &files);
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let partial = parent.join(format!(".{name}.{}.partial", std::process::id()));
        let written =
            write_all(&partial, &files).and_then(|()| fs::rename(&partial, folder).map_err(at(folder)));
        if let Err(error) = written {
            // Only what this call made is removed; that it could not be is no worse than the first error.
            let _ = fs::remove_dir_all(&partial);
            // Another process may have put the same model there meanwhile.
            return already_there(folder, &files).map_err(|_| error);
        }
        Ok(Written::New)
    }

    fn files(&self) -> Result<Vec<(String, Vec<u8>)>, ModelWriteError> {
        self.check()?;
        let tokenizer = match &self.tokenizer {
            Some(folder) => read(folder),
            None => train(self.merges, self.thinking).and_then(|(tokenizer, special)| {
                Ok(TokenizerFiles {
                    tokenizer: tokenizer.to_string(true)?.into_bytes(),
                    config: json(tokenizer_config(self.max_position_embeddings, self.thinking)),
                    special,
                    tokens: tokenizer.get_vocab_size(true),
                })
            }),
        };
        let TokenizerFiles { tokenizer, config: tokenizer_config, special, tokens } =
            tokenizer.map_err(ModelWriteError::Tokenizer)?;
        let vocab_size = self.padded_vocab_size(tokens);
        if vocab_size < tokens {
            let message = format!("vocab_size is {vocab_size}, expected at least the tokenizer's {tokens}");
            return Err(ModelWriteError::Shape(message));
        }
        let mut files = vec![
            ("config.json".to_owned(), json(config(self, vocab_size, &special))),
            ("generation_config.json".to_owned(), json(generation_config(&special))),
            ("tokenizer_config.json".to_owned(), tokenizer_config),
            ("tokenizer.json".to_owned(), tokenizer),
        ];
        files.extend(weight_files(self, vocab_size)?);
        Ok(files)
    }

    fn check(&self) -> Result<(), ModelWriteError> {
        let sizes = [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("layers", self.layers),
            ("heads", self.heads),
            ("kv_heads", self.kv_heads),
            ("head_dim", self.head_dim),
            ("vocab_multiple", self.vocab_multiple),
            ("shards", self.shards),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(ModelWriteError::Shape(format!("{name} is 0, expected at least 1")));
        }
        if !self.heads.is_multiple_of(self.kv_heads) || !self.head_dim.is_multiple_of(2) {
            return Err(ModelWriteError::Shape(format!(
                "{} heads, {} kv_heads, head_dim {}: expected heads a multiple of kv_heads and an even head_dim",
                self.heads, self.kv_heads, self.head_dim
            )));
        }
        Ok(())
    }
}

fn json(value: serde_json::Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

fn already_there(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Written, ModelWriteError> {
    let same =
        files.iter().all(|(name, bytes)| fs::read(folder.join(name)).is_ok_and(|found| found == *bytes));
    if same { Ok(Written::Unchanged) } else { Err(ModelWriteError::Occupied { path: folder.to_owned() }) }
}

fn write_all(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), ModelWriteError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(at(&path))?;
    }
    Ok(())
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> ModelWriteError {
    let path = PathBuf::from(path);
    move |source| ModelWriteError::Io { path, source }
}
