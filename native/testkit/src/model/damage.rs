use std::{fs, path::Path};

use serde_json::Value;

use super::{ModelWriteError, write::at};

/// One way in which a model folder can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The file ends after half of its bytes, as after a download that was cut off.
    Truncated(&'static str),
    Missing(&'static str),
    /// The file is there and is no JSON.
    NotJson(&'static str),
    /// config.json names an architecture that no engine knows.
    UnknownArchitecture,
    /// tokenizer_config.json has no chat template, as a base model's.
    NoChatTemplate,
}

impl Damage {
    /// Breaks the model in `folder`.
    pub fn inflict(self, folder: &Path) -> Result<(), ModelWriteError> {
        match self {
            Self::Truncated(file) => {
                let path = folder.join(file);
                let bytes = fs::read(&path).map_err(at(&path))?;
                fs::write(&path, &bytes[..bytes.len() / 2]).map_err(at(&path))
            }
            Self::Missing(file) => {
                let path = folder.join(file);
                fs::remove_file(&path).map_err(at(&path))
            }
            Self::NotJson(file) => {
                let path = folder.join(file);
                fs::write(&path, "<html>Not found</html>\n").map_err(at(&path))
            }
            Self::UnknownArchitecture => edit(&folder.join("config.json"), |config| {
                config["architectures"] = Value::from(vec!["MambaForCausalLM"]);
                config["model_type"] = Value::from("mamba");
            }),
            Self::NoChatTemplate => edit(&folder.join("tokenizer_config.json"), |config| {
                config["chat_template"] = Value::Null;
            }),
        }
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) -> Result<(), ModelWriteError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let mut value = serde_json::from_slice(&bytes).map_err(|error| at(path)(error.into()))?;
    change(&mut value);
    fs::write(path, format!("{value:#}\n")).map_err(at(path))
}
