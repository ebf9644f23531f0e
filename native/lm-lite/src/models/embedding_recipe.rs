use std::path::{Component, Path};

use conduit_engine::Pooling;
use serde_json::{Map, Value};

use super::load_error::LoadError;

/// How a model's hidden states become embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EmbeddingRecipe {
    pub(crate) pooling: Pooling,
    pub(crate) normalize: bool,
}

impl EmbeddingRecipe {
    /// What holds for a decoder whose folder says nothing.
    pub(super) const DEFAULT: Self = Self { pooling: Pooling::Last, normalize: true };

    /// Reads the modules that sentence-transformers would run, in `modules.json`.
    ///
    /// `Err` within says what this server does not have of them; requests for embeddings are then refused, answers are not.
    ///
    /// # Errors
    /// Files that cannot be read or are malformed.
    pub(super) fn read(folder: &Path) -> Result<Result<Self, String>, LoadError> {
        const FILE: &str = "modules.json";
        let Some(modules) = read_json(&folder.join(FILE))? else { return Ok(Ok(Self::DEFAULT)) };
        let malformed = |what: &str| LoadError::new("malformed_file", format!("{FILE} is malformed: {what}"));
        let modules = modules.as_array().ok_or_else(|| malformed("expected an array of modules"))?;
        let mut recipe = Self { normalize: false, ..Self::DEFAULT };
        for module in modules {
            let text = |key: &str| module.get(key).and_then(Value::as_str);
            let kind = text("type").ok_or_else(|| malformed("a module has no type"))?;
            match kind.rsplit('.').next().unwrap_or(kind) {
                "Transformer" => {}
                "Normalize" => recipe.normalize = true,
                "Pooling" => {
                    let path = Path::new(text("path").ok_or_else(|| malformed("a module has no path"))?);
                    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                        return Err(malformed("the path of a module leads out of the folder"));
                    }
                    let file = folder.join(path).join("config.json");
                    let missing = || LoadError::new("missing_file", format!("{} is missing", file.display()));
                    let config = read_json(&file)?.ok_or_else(missing)?;
                    match read_pooling(config.as_object().unwrap_or(&Map::new())) {
                        Ok(pooling) => recipe.pooling = pooling,
                        Err(reason) => return Ok(Err(reason)),
                    }
                }
                other => return Ok(Err(format!("its {FILE} has the module {other}"))),
            }
        }
        Ok(Ok(recipe))
    }
}

/// The pooling of a module's `config.json`: one of its switches is on, or, in newer ones, `pooling_mode` names it.
fn read_pooling(config: &Map<String, Value>) -> Result<Pooling, String> {
    const PREFIX: &str = "pooling_mode_";
    let is_on = |(key, value): (&'_ String, &Value)| {
        (key.starts_with(PREFIX) && value == &Value::Bool(true)).then(|| key[PREFIX.len()..].to_owned())
    };
    let mut modes: Vec<String> = config.iter().filter_map(is_on).collect();
    modes.extend(config.get("pooling_mode").and_then(Value::as_str).map(ToOwned::to_owned));
    match modes.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["lasttoken"] => Ok(Pooling::Last),
        ["cls_token" | "cls"] => Ok(Pooling::First),
        ["mean_tokens" | "mean"] => Ok(Pooling::Mean),
        [] => Err("its pooling is not said".to_owned()),
        _ => Err(format!("its pooling is {}", modes.join(" and "))),
    }
}

/// `None` where there is no such file.
fn read_json(path: &Path) -> Result<Option<Value>, LoadError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LoadError::new("unreadable_file", format!("{}: {error}", path.display()))),
    };
    let malformed =
        |error| LoadError::new("malformed_file", format!("{} is malformed: {error}", path.display()));
    serde_json::from_slice(&text).map(Some).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(modules: &[(&str, &str)], pooling: &Value) -> Result<Result<EmbeddingRecipe, String>, LoadError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("1_Pooling")).unwrap();
        std::fs::write(folder.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
        let module = |(path, kind): &(&str, &str)| json!({ "path": path, "type": format!("sentence_transformers.models.{kind}") });
        let modules: Value = modules.iter().map(module).collect();
        std::fs::write(folder.path().join("modules.json"), modules.to_string()).unwrap();
        EmbeddingRecipe::read(folder.path())
    }

    const POOLED: (&str, &str) = ("1_Pooling", "Pooling");
    const NORMALIZED: (&str, &str) = ("2_Normalize", "Normalize");

    #[test]
    fn the_folder_says_how_it_is_pooled() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(EmbeddingRecipe::read(empty.path()).unwrap(), Ok(EmbeddingRecipe::DEFAULT));
        let last = json!({ "pooling_mode_lasttoken": true, "pooling_mode_cls_token": false, "include_prompt": true });
        for (pooling, modules, expected, normalize) in [
            (last.clone(), vec![("", "Transformer"), POOLED, NORMALIZED], Pooling::Last, true),
            (last, vec![("", "Transformer"), POOLED], Pooling::Last, false),
            (json!({ "pooling_mode_mean_tokens": true }), vec![POOLED, NORMALIZED], Pooling::Mean, true),
            (json!({ "pooling_mode": "cls" }), vec![POOLED], Pooling::First, false),
        ] {
            let recipe = read(&modules, &pooling).unwrap();
            assert_eq!(recipe, Ok(EmbeddingRecipe { pooling: expected, normalize }), "{pooling}");
        }
    }

    #[test]
    fn what_is_not_had_is_named() {
        for (pooling, modules, reason) in [
            (json!({ "pooling_mode_max_tokens": true }), vec![POOLED], "max_tokens"),
            (
                json!({ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true }),
                vec![POOLED],
                "and",
            ),
            (json!({}), vec![POOLED], "not said"),
            (json!({ "pooling_mode": "mean" }), vec![POOLED, ("2_Dense", "Dense")], "Dense"),
        ] {
            let refused = read(&modules, &pooling).unwrap().unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn files_that_are_broken_are_errors() {
        for (path, message) in
            [("../elsewhere", "leads out"), ("/etc", "leads out"), ("3_Pooling", "missing")]
        {
            let error = read(&[(path, "Pooling")], &json!({})).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        for text in ["{}", "[", "[{}]"] {
            std::fs::write(folder.path().join("modules.json"), text).unwrap();
            assert_eq!(EmbeddingRecipe::read(folder.path()).unwrap_err().code, "malformed_file", "{text}");
        }
    }
}
