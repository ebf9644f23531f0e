use serde_json::{Map, Value};

use crate::http::api_error::ApiError;

/// The fields of a request; `null` is as good as absent.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Names and values.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn required(self, name: &str) -> Result<&'a Value, ApiError> {
        let missing =
            || ApiError::bad_request("missing_required_parameter", name, format!("{name} is missing"));
        self.get(name).ok_or_else(missing)
    }

    pub(crate) fn boolean(self, name: &str) -> Result<Option<bool>, ApiError> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(crate) fn number(self, name: &str) -> Result<Option<f32>, ApiError> {
        self.read(name, "a number", |value| value.as_f64().map(|number| number as f32))
    }

    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, ApiError> {
        self.read(name, "a whole number", Value::as_i64)
    }

    pub(crate) fn object(self, name: &str) -> Result<Option<Fields<'a>>, ApiError> {
        self.read(name, "an object", |value| value.as_object().map(Fields))
    }

    fn read<T>(
        self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| ApiError::invalid_type(name, expected, value)))
            .transpose()
    }
}
