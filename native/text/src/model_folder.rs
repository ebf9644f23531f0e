use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{Result, TextError};

/// A Hugging Face folder; its errors name the file.
pub(crate) struct ModelFolder<'a>(pub(crate) &'a Path);

impl ModelFolder<'_> {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The file's bytes, or `None` where there is no such file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let file = self.path(name);
        match fs::read(&file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TextError::Unreadable { file, source }),
        }
    }

    pub(crate) fn read_text(&self, name: &str) -> Result<Option<String>> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let malformed = |error: std::string::FromUtf8Error| self.malformed(name, error.to_string());
        String::from_utf8(bytes).map(Some).map_err(malformed)
    }

    /// The file's JSON object, empty where there is no such file.
    pub(crate) fn read_object(&self, name: &str) -> Result<Map<String, Value>> {
        let Some(bytes) = self.read(name)? else { return Ok(Map::new()) };
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(self.malformed(name, "expected a JSON object".to_owned())),
            Err(error) => Err(self.malformed(name, error.to_string())),
        }
    }

    pub(crate) fn malformed(&self, name: &str, reason: String) -> TextError {
        TextError::Malformed { file: self.path(name), reason }
    }
}
