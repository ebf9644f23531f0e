use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conduit_engine::{GenerationError, SubmitError};
use conduit_text::TextError;
use serde_json::{Value, json};

use crate::models::LoadError;

/// An answer that is an error, in the form that OpenAI gives errors.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    param: Option<String>,
    code: &'static str,
    /// When the same request may be taken, where that is known.
    retry_after_seconds: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, code, retry_after_seconds: None }
    }

    /// A request that has to change before it can be answered.
    pub(crate) fn bad_request(
        code: &'static str,
        param: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { param: Some(param.into()), ..Self::new(StatusCode::BAD_REQUEST, code, message) }
    }

    /// A value of the wrong kind.
    pub(crate) fn invalid_type(param: &str, expected: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        Self::bad_request("invalid_type", param, format!("{param} must be {expected}, got {found}"))
    }

    /// The same error about a field that is called otherwise.
    pub(crate) fn with_param(mut self, rename: impl FnOnce(&str) -> String) -> Self {
        if let Some(param) = self.param.take() {
            let renamed = rename(&param);
            self.message = self.message.replace(&param, &renamed);
            self.param = Some(renamed);
        }
        self
    }

    /// Something that the same request may find again in a moment.
    pub(crate) fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// A model that there is no memory for at the moment, with the pause until it is tried again.
    pub(crate) fn no_room(name: &str, error: &LoadError, pause: Duration) -> Self {
        let message = format!("there is no room for the model {name:?} at the moment: {error}");
        let seconds = pause.as_millis().div_ceil(1_000).max(1) as u64;
        Self { retry_after_seconds: Some(seconds), ..Self::unavailable(error.code, message) }
    }

    pub(crate) fn model_not_found(name: &str, known: &[&str]) -> Self {
        let message = format!("the model {name:?} does not exist; this server has {known:?}");
        Self::new(StatusCode::NOT_FOUND, "model_not_found", message)
    }

    pub(crate) fn internal() -> Self {
        let message = "the server met a fault of its own; its log has more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// The body, for answers that have begun already.
    pub(crate) fn body(&self) -> Value {
        let kind = match self.status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": self.param, "code": self.code } })
    }

    /// Where the engine speaks of the prompt or of the grammar, `param` is the field that it came in.
    pub(crate) fn from_submit(error: SubmitError, prompt_param: &str, grammar_param: &str) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            // The server knows it: the engine has unloaded it a moment ago.
            SubmitError::UnknownModel { .. } => Self::unavailable("model_unloaded", message),
            SubmitError::EmptyPrompt
            | SubmitError::EmptyInput { .. }
            | SubmitError::PromptTooLong { .. }
            | SubmitError::InputTooLong { .. }
            | SubmitError::InvalidToken { .. } => Self::bad_request(code, prompt_param, message),
            SubmitError::InvalidParameter { name, .. } => Self::bad_request(code, name, message),
            SubmitError::NoHead { .. } => Self::bad_request(code, "model", message),
            SubmitError::InvalidDimensions { .. } => Self::bad_request(code, "dimensions", message),
            SubmitError::UnsupportedSchema { .. } => Self::bad_request(code, grammar_param, message),
            SubmitError::QueueFull { .. } | SubmitError::QueueTokensFull { .. } => Self {
                retry_after_seconds: error.retry_after_seconds(),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message)
            },
            SubmitError::Closing { .. } | SubmitError::Unhealthy { .. } => Self::unavailable(code, message),
        }
    }

    pub(crate) fn from_text(error: &TextError, param: &str) -> Self {
        Self::bad_request(error.code(), param, error.to_string())
    }
}

impl From<GenerationError> for ApiError {
    fn from(error: GenerationError) -> Self {
        let status = match error.code {
            "out_of_memory" | "model_unloaded" | "engine_unhealthy" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.code, error.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let seconds = self.retry_after_seconds.unwrap_or(1);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            _ => {}
        }
        response
    }
}
