use std::path::PathBuf;

/// Where models come from, as the environment variables of Hugging Face's own tools say.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`.
    pub cache: PathBuf,
    /// `HF_ENDPOINT`; `None` is the public Hub.
    pub endpoint: Option<String>,
    /// `HF_TOKEN`, else the content of `token` in `HF_HOME`.
    pub token: Option<String>,
    /// `HF_HUB_OFFLINE`: nothing is downloaded.
    pub offline: bool,
}

impl HubSettings {
    /// Reads the environment through `variable`; empty values count as absent.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = variable("HF_HOME").map_or_else(
            || {
                let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
                let home = || PathBuf::from(variable("HOME").unwrap_or_else(|| ".".to_owned())).join(".cache");
                cache.unwrap_or_else(home).join("huggingface")
            },
            PathBuf::from,
        );
        let saved_token = || {
            let text = std::fs::read_to_string(home.join("token")).ok()?;
            Some(text.trim().to_owned()).filter(|token| !token.is_empty())
        };
        let is_set = |name| {
            variable(name).is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()))
        };
        Self {
            cache: variable("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from),
            endpoint: variable("HF_ENDPOINT").map(|endpoint| endpoint.trim_end_matches('/').to_owned()),
            token: variable("HF_TOKEN").or_else(saved_token),
            offline: is_set("HF_HUB_OFFLINE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> HubSettings {
        HubSettings::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_most_specific_variable_decides_where_the_cache_lies() {
        assert_eq!(settings(&[("HOME", "/h")]).cache, PathBuf::from("/h/.cache/huggingface/hub"));
        assert_eq!(settings(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).cache, PathBuf::from("/x/huggingface/hub"));
        assert_eq!(settings(&[("HOME", "/h"), ("HF_HOME", "/hf")]).cache, PathBuf::from("/hf/hub"));
        assert_eq!(settings(&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/c")]).cache, PathBuf::from("/c"));
        assert_eq!(settings(&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "")]).cache, PathBuf::from("/hf/hub"));
    }

    #[test]
    fn offline_takes_the_words_that_its_python_namesake_takes() {
        for value in ["1", "true", "TRUE", "yes", "ON"] {
            assert!(settings(&[("HF_HUB_OFFLINE", value)]).offline, "{value}");
        }
        for value in ["0", "false", ""] {
            assert!(!settings(&[("HF_HUB_OFFLINE", value)]).offline, "{value}");
        }
    }
}
