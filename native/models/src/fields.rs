use serde_json::{Map, Value};

use crate::error::{ModelError, Result};

/// Largest number that a size in a config may have; products of three such sizes still fit.
const LARGEST_SIZE: u64 = 1 << 20;

/// A JSON object of `config.json`, read by key. `null` counts as absent.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// Where the object lies in the file, `rope_scaling.` for example; for messages.
    path: &'static str,
}

impl<'a> Fields<'a> {
    pub fn new(object: &'a Map<String, Value>, path: &'static str) -> Self {
        Self { object, path }
    }

    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// Whether the key is there and `null`.
    pub fn is_null(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(Value::is_null)
    }

    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    pub fn object(&self, key: &'static str, path: &'static str) -> Result<Option<Fields<'a>>> {
        self.typed(key, "an object", Value::as_object)
            .map(|object| object.map(|object| Fields::new(object, path)))
    }

    pub fn string(&self, key: &str) -> Result<Option<&'a str>> {
        self.typed(key, "a string", Value::as_str)
    }

    pub fn bool(&self, key: &str) -> Result<Option<bool>> {
        self.typed(key, "true or false", Value::as_bool)
    }

    pub fn array(&self, key: &str) -> Result<Option<&'a [Value]>> {
        self.typed(key, "an array", |value| value.as_array().map(Vec::as_slice))
    }

    /// A number above 0.
    pub fn positive(&self, key: &str) -> Result<Option<f64>> {
        let positive = |value: &Value| value.as_f64().filter(|number| number.is_finite() && *number > 0.0);
        self.typed(key, "a number above 0", positive)
    }

    /// A whole number from 1 to [`LARGEST_SIZE`].
    pub fn size(&self, key: &str) -> Result<Option<usize>> {
        let size = |value: &Value| value.as_u64().filter(|size| (1..=LARGEST_SIZE).contains(size));
        Ok(self.typed(key, "a whole number from 1 to 1048576", size)?.map(|size| size as usize))
    }

    /// A number of positions or layers: a whole number from `lowest` to 2^32.
    pub fn count(&self, key: &str, lowest: u64) -> Result<Option<usize>> {
        let count = |value: &Value| value.as_u64().filter(|count| (lowest..=1 << 32).contains(count));
        let expected = format!("a whole number from {lowest} to 4294967296");
        Ok(self.typed(key, &expected, count)?.map(|count| count as usize))
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        self.typed(key, "a number", |value| value.as_f64().filter(|number| number.is_finite()))
    }

    pub fn required_size(&self, key: &str) -> Result<usize> {
        self.size(key)?.ok_or_else(|| self.invalid(key, "is missing"))
    }

    pub fn required_positive(&self, key: &str) -> Result<f64> {
        self.positive(key)?.ok_or_else(|| self.invalid(key, "is missing"))
    }

    pub fn invalid(&self, key: &str, reason: impl Into<String>) -> ModelError {
        ModelError::InvalidConfig { key: self.name(key), reason: reason.into() }
    }

    pub fn unsupported(&self, key: &str, value: impl ToString, supported: &'static str) -> ModelError {
        ModelError::UnsupportedFeature { key: self.name(key), value: value.to_string(), supported }
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.path)
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let invalid = || self.invalid(key, format!("expected {expected}, found {value}"));
        read(value).map(Some).ok_or_else(invalid)
    }
}
