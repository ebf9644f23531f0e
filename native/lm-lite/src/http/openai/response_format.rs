use conduit_engine::GrammarSpec;

use super::Fields;
use crate::http::api_error::ApiError;

const NAME: &str = "response_format";

/// What `response_format` holds the answer to.
pub(super) fn parse_response_format(fields: Fields<'_>) -> Result<Option<GrammarSpec>, ApiError> {
    let Some(format) = fields.object(NAME)? else { return Ok(None) };
    let kind = format.required("type").map_err(|_| invalid("response_format.type is missing"))?;
    match kind.as_str() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(GrammarSpec::JsonObject)),
        Some("json_schema") => {
            let schema = format.object("json_schema")?.and_then(|json_schema| json_schema.get("schema"));
            let missing = || invalid("response_format.json_schema.schema is missing");
            Ok(Some(GrammarSpec::JsonSchema(schema.ok_or_else(missing)?.clone())))
        }
        _ => Err(invalid(&format!(
            "response_format.type must be text, json_object or json_schema, got {kind}"
        ))),
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad_request("invalid_value", NAME, message)
}
