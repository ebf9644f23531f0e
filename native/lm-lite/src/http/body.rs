use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::AppState;
use super::api_error::ApiError;

/// Larger than any prompt that fits a context of a million tokens.
pub(crate) const MAX_BODY_BYTES: usize = 16 << 20;

/// A request's body: a JSON object.
pub(crate) struct JsonObject(pub(crate) Map<String, Value>);

impl FromRequest<AppState> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        // Pages of other origins can send everything but this without asking first.
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        if kind.as_deref() != Some("application/json") {
            let message = "the header Content-Type must be application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
        }
        let body = read(request.into_body(), state.read_timeout).await?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(malformed("it is not an object")),
            Err(error) => Err(malformed(error)),
        }
    }
}

/// The whole body, where no piece of it is too long in coming.
async fn read(body: Body, piece_timeout: Duration) -> Result<Vec<u8>, ApiError> {
    let (mut bytes, mut pieces) = (Vec::new(), body.into_data_stream());
    loop {
        let piece = timeout(piece_timeout, pieces.next()).await.map_err(|_| {
            let message = format!("no more of the body came within {} seconds", piece_timeout.as_secs_f32());
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", message)
        })?;
        match piece {
            None => return Ok(bytes),
            Some(Ok(piece)) if bytes.len() + piece.len() <= MAX_BODY_BYTES => bytes.extend_from_slice(&piece),
            Some(Ok(_)) => {
                let message = format!("the body has more than {MAX_BODY_BYTES} bytes");
                return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message));
            }
            Some(Err(error)) => {
                let message = format!("the body could not be read: {error}");
                return Err(ApiError::new(StatusCode::BAD_REQUEST, "unreadable_body", message));
            }
        }
    }
}

fn malformed(reason: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "invalid_json",
        format!("the body must be a JSON object: {reason}"),
    )
}
