use std::collections::BTreeSet;
use std::time::Duration;

use conduit_backend::{KvDType, Quantization};
use serde_json::{Map, Value};

/// One model that the server is to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelConfig {
    /// Folder, or id in the Hugging Face cache.
    pub source: String,
    /// What requests call it.
    pub name: String,
    /// Branch, tag or commit of an id.
    pub revision: Option<String>,
    /// Longest sequence in tokens, prompt and answer together.
    pub max_model_len: usize,
    /// Largest running batch.
    pub max_model_concurrency: usize,
    /// What its weights are brought to as they are loaded.
    pub quantization: Option<Quantization>,
    /// What keys and values are kept as; `None` takes the type of the weights.
    pub kv_dtype: Option<KvDType>,
    /// How long an idle model waits for companions before its first step.
    pub batch_wait: Duration,
    /// Whether it is loaded by the first request for it, and not at the start.
    pub is_lazy: bool,
    /// Whether it is never unloaded.
    pub is_pinned: bool,
    /// How long after its last request it is unloaded; `None` waits for ever.
    pub idle_unload: Option<Duration>,
}

/// Fields of `MODELS` that this build knows of and cannot honour.
const UNSUPPORTED: [&str; 1] = ["devices"];
const SUPPORTED: &str = "id, max_model_len, max_model_concurrency, model_batch_execute_timeout_ms, revision, quantization, \
    kv_dtype, lazy, pinned, idle_unload_seconds";

impl ModelConfig {
    /// From `--model`.
    pub(crate) fn from_flag(
        flag: &str,
        max_model_len: usize,
        max_model_concurrency: usize,
    ) -> Result<Self, String> {
        let (source, name) = flag.rsplit_once('=').unwrap_or((flag, flag));
        if source.is_empty() || name.is_empty() {
            return Err(format!("--model {flag:?}: expected an id or folder, with or without =name"));
        }
        Ok(Self {
            source: source.to_owned(),
            name: name.to_owned(),
            revision: None,
            max_model_len,
            max_model_concurrency,
            quantization: None,
            kv_dtype: None,
            batch_wait: Duration::ZERO,
            is_lazy: false,
            is_pinned: false,
            idle_unload: None,
        })
    }

    /// From the environment variable `MODELS`.
    pub(crate) fn list_from_json(text: &str) -> Result<Vec<Self>, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("MODELS is no JSON: {error}"))?;
        let Value::Array(entries) = value else {
            return Err("MODELS: expected a JSON array of objects".to_owned());
        };
        let parse = |(index, entry): (usize, &Value)| {
            let fields = entry.as_object().ok_or_else(|| "expected an object".to_owned());
            fields.and_then(Self::from_fields).map_err(|reason| format!("MODELS[{index}]: {reason}"))
        };
        entries.iter().enumerate().map(parse).collect()
    }

    fn from_fields(fields: &Map<String, Value>) -> Result<Self, String> {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            if UNSUPPORTED.contains(&name.as_str()) {
                return Err(format!("{name} = {value} is not supported by this build; leave it out"));
            }
            if !SUPPORTED.split(", ").any(|supported| supported == name) {
                return Err(format!("unknown field {name}; known are {SUPPORTED}"));
            }
        }
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => Err(format!("{name}: expected a text, got {other}")),
        };
        let number = |name: &str, default: u64| match fields.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => {
                value.as_u64().ok_or_else(|| format!("{name}: expected a whole number, got {value}"))
            }
        };
        let boolean = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(value) => {
                value.as_bool().ok_or_else(|| format!("{name}: expected true or false, got {value}"))
            }
        };
        let idle_unload =
            match fields.get("idle_unload_seconds") {
                None | Some(Value::Null) => None,
                Some(value) => Some(seconds(value).ok_or_else(|| {
                    format!("idle_unload_seconds: expected a number of seconds, got {value}")
                })?),
            };
        let quantization = text("quantization")?.map(|name| {
            let names = || Quantization::ALL.map(Quantization::name).join(" or ");
            name.parse::<Quantization>()
                .map_err(|_| format!("quantization: expected {}, got {name:?}", names()))
        });
        let kv_dtype = text("kv_dtype")?
            .map(|name| parse_kv_dtype(&name).map_err(|reason| format!("kv_dtype: {reason}")));
        let id = text("id")?.ok_or_else(|| "id is missing".to_owned())?;
        Ok(Self {
            name: id.clone(),
            source: id,
            revision: text("revision")?,
            max_model_len: number("max_model_len", 1024)? as usize,
            max_model_concurrency: number("max_model_concurrency", 1)? as usize,
            quantization: quantization.transpose()?,
            kv_dtype: kv_dtype.transpose()?.flatten(),
            batch_wait: Duration::from_millis(number("model_batch_execute_timeout_ms", 0)?),
            is_lazy: boolean("lazy")?,
            is_pinned: boolean("pinned")?,
            idle_unload,
        })
    }

    /// Names have to be told apart, there has to be one, and what a model asks for may not contradict itself.
    pub(crate) fn check_list(models: &[Self]) -> Result<(), String> {
        if models.is_empty() {
            return Err("no model: give --model, or the environment variable MODELS".to_owned());
        }
        if let Some(model) = models.iter().find(|model| model.is_pinned && model.idle_unload.is_some()) {
            let name = &model.name;
            return Err(format!(
                "{name} is pinned, so it is never unloaded; leave out when it is to be unloaded"
            ));
        }
        if let Some(model) =
            models.iter().find(|model| model.idle_unload.is_some_and(|limit| limit.is_zero()))
        {
            let name = &model.name;
            return Err(format!("{name} is to be unloaded after 0 seconds, before its first request begins"));
        }
        let mut names = BTreeSet::new();
        match models.iter().find(|model| !names.insert(&model.name)) {
            Some(model) => {
                Err(format!("two models are named {:?}; give one of them another =name", model.name))
            }
            None => Ok(()),
        }
    }
}

/// What keys and values are to be kept as; `None` is the type of the weights, `auto`.
pub(crate) fn parse_kv_dtype(name: &str) -> Result<Option<KvDType>, String> {
    if name == "auto" {
        return Ok(None);
    }
    let names = || KvDType::ALL.map(KvDType::name).join(", ");
    name.parse().map(Some).map_err(|_| format!("expected auto or one of {}, got {name:?}", names()))
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_name_a_source_and_perhaps_another_name() {
        let parse = |flag| ModelConfig::from_flag(flag, 64, 2).map(|model| (model.source, model.name));
        let pair = |source: &str, name: &str| Ok((source.to_owned(), name.to_owned()));
        assert_eq!(parse("org/model"), pair("org/model", "org/model"));
        assert_eq!(parse("/a=b/folder=tiny"), pair("/a=b/folder", "tiny"));
        assert!(parse("=tiny").is_err() && parse("tiny=").is_err() && parse("").is_err());
    }

    #[test]
    fn the_environment_has_defaults() {
        let models = ModelConfig::list_from_json(
            r#"[{"id": "a"}, {"id": "b", "max_model_len": 64, "max_model_concurrency": 8,
                "model_batch_execute_timeout_ms": 5, "revision": "v1", "quantization": null},
                {"id": "c", "lazy": true, "idle_unload_seconds": 1.5}, {"id": "d", "pinned": true},
                {"id": "e", "quantization": "int8"}, {"id": "f", "quantization": "int4"},
                {"id": "g", "kv_dtype": "fp8"}, {"id": "h", "kv_dtype": "auto"}]"#,
        )
        .unwrap();
        assert_eq!((models[0].max_model_len, models[0].max_model_concurrency), (1024, 1));
        assert_eq!(models[0].batch_wait, Duration::ZERO);
        assert!(!models[0].is_lazy && !models[0].is_pinned && models[0].idle_unload.is_none());
        assert!(models[2].is_lazy && models[3].is_pinned);
        let quantization: Vec<_> = models.iter().map(|model| model.quantization).collect();
        let (int8, int4) = (Some(Quantization::Int8), Some(Quantization::Int4));
        assert_eq!(quantization, [None, None, None, None, int8, int4, None, None]);
        let kv_dtypes: Vec<_> = models[5..].iter().map(|model| model.kv_dtype).collect();
        assert_eq!(kv_dtypes, [None, Some(KvDType::F8E4M3), None]);
        assert_eq!(models[2].idle_unload, Some(Duration::from_millis(1500)));
        assert_eq!((models[1].max_model_len, models[1].max_model_concurrency), (64, 8));
        assert_eq!(
            (models[1].batch_wait, models[1].revision.as_deref()),
            (Duration::from_millis(5), Some("v1"))
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (text, named) in [
            ("{", "no JSON"),
            (r#"{"id": "a"}"#, "array"),
            (r#"["a"]"#, "MODELS[0]"),
            (r#"[{"id": "a"}, {"max_model_len": 1}]"#, "MODELS[1]: id is missing"),
            (r#"[{"id": "a", "quantization": "fp8"}]"#, "quantization: expected int8 or int4, got \"fp8\""),
            (r#"[{"id": "a", "quantization": 8}]"#, "quantization"),
            (
                r#"[{"id": "a", "kv_dtype": "fp4"}]"#,
                "kv_dtype: expected auto or one of bfloat16, float16, float32, fp8, int8, got \"fp4\"",
            ),
            (r#"[{"id": "a", "devices": [0]}]"#, "devices"),
            (r#"[{"id": "a", "maxModelLen": 64}]"#, "maxModelLen"),
            (r#"[{"id": "a", "max_model_len": -1}]"#, "max_model_len"),
            (r#"[{"id": 7}]"#, "id"),
            (r#"[{"id": "a", "lazy": 1}]"#, "lazy"),
            (r#"[{"id": "a", "idle_unload_seconds": -1}]"#, "idle_unload_seconds"),
        ] {
            let error = ModelConfig::list_from_json(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        let model = ModelConfig::from_flag("a", 64, 1).unwrap();
        assert!(ModelConfig::check_list(&[model.clone(), model.clone()]).unwrap_err().contains("\"a\""));
        assert!(ModelConfig::check_list(&[]).is_err());
        assert!(ModelConfig::check_list(std::slice::from_ref(&model)).is_ok());
        let fleeting = ModelConfig { idle_unload: Some(Duration::ZERO), ..model.clone() };
        assert!(ModelConfig::check_list(&[fleeting]).unwrap_err().contains("0 seconds"));
        let pinned = ModelConfig { is_pinned: true, idle_unload: Some(Duration::ZERO), ..model };
        assert!(ModelConfig::check_list(&[pinned]).unwrap_err().contains("pinned"));
    }
}
