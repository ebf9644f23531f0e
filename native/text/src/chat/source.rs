use std::{fs, io};

use conduit_gguf::Gguf;
use serde_json::Value;

use crate::{Result, TextError, model_folder::ModelFolder};

/// The template for chats and, where the model has another one, the template for chats with tools.
pub(crate) struct Sources {
    pub(crate) default: String,
    pub(crate) tool_use: Option<String>,
}

/// Finds a folder's templates where transformers looks for them, in its order.
pub(crate) fn read(folder: &ModelFolder<'_>) -> Result<Sources> {
    let mut named = Vec::new();
    if let Some(text) = folder.read_text("chat_template.jinja")? {
        named.push(("default".to_owned(), text));
    }
    named.extend(additional(folder)?);
    for file in ["tokenizer_config.json", "chat_template.json"] {
        if named.is_empty() {
            let value = folder.read_object(file)?.remove("chat_template");
            named = templates(value).ok_or_else(|| {
                folder.malformed(
                    file,
                    "chat_template is neither a string nor a list of {name, template}".to_owned(),
                )
            })?;
        }
    }
    choose(named)
}

/// The templates of a GGUF file: one, and others by their names.
pub(crate) fn read_gguf(gguf: &Gguf) -> Result<Sources> {
    const KEY: &str = "tokenizer.chat_template";
    let metadata = gguf.metadata();
    let mut named = Vec::new();
    for (name, key) in [("default", KEY.to_owned()), ("tool_use", format!("{KEY}.tool_use"))] {
        if let Some(text) = metadata.text(&key)? {
            named.push((name.to_owned(), text.to_owned()));
        }
    }
    choose(named)
}

fn choose(mut named: Vec<(String, String)>) -> Result<Sources> {
    let mut take = |wanted: &str| {
        let index = named.iter().position(|(name, _)| name == wanted)?;
        Some(named.swap_remove(index).1)
    };
    let tool_use = take("tool_use");
    match take("default").or_else(|| tool_use.clone()) {
        Some(default) => Ok(Sources { default, tool_use }),
        None => Err(TextError::NoChatTemplate),
    }
}

fn templates(value: Option<Value>) -> Option<Vec<(String, String)>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(vec![("default".to_owned(), text)]),
        Some(Value::Array(list)) => {
            let entry = |entry: &Value| {
                Some((entry.get("name")?.as_str()?.to_owned(), entry.get("template")?.as_str()?.to_owned()))
            };
            list.iter().map(entry).collect()
        }
        Some(_) => None,
    }
}

/// `additional_chat_templates/<name>.jinja`
fn additional(folder: &ModelFolder<'_>) -> Result<Vec<(String, String)>> {
    const FOLDER: &str = "additional_chat_templates";
    let unreadable = |source| TextError::Unreadable { file: folder.path(FOLDER), source };
    let entries = match fs::read_dir(folder.path(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(unreadable(source)),
    };
    let mut templates = Vec::new();
    for entry in entries {
        let file = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix(".jinja")
            && let Some(text) = folder.read_text(&format!("{FOLDER}/{file}"))?
        {
            templates.push((name.to_owned(), text));
        }
    }
    Ok(templates)
}
