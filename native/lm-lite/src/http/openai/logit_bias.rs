use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Fields;
use crate::http::api_error::ApiError;

/// Most tokens of one request that have a bias, as the engine has it: said before they are read.
const MAX_BIASES: usize = 1_024;

/// What all answers to a request share.
type Biases = Arc<BTreeMap<u32, f32>>;

/// `logit_bias`: token ids, as strings, and what is added to their logits. The engine checks ids and numbers.
pub(super) fn parse_logit_bias(fields: Fields<'_>) -> Result<Option<Biases>, ApiError> {
    const NAME: &str = "logit_bias";
    let Some(given) = fields.object(NAME)? else { return Ok(None) };
    if given.0.len() > MAX_BIASES {
        let message = format!("{NAME} may have {MAX_BIASES} tokens, got {}", given.0.len());
        return Err(ApiError::bad_request("invalid_value", NAME, message));
    }
    let entry = |(token, bias): (&String, &Value)| {
        let parsed = token.parse::<u32>().ok().zip(bias.as_f64().map(|bias| bias as f32));
        parsed.ok_or_else(|| {
            let message = format!("{NAME} must be a map from token ids to numbers, got {token:?}: {bias}");
            ApiError::bad_request("invalid_type", NAME, message)
        })
    };
    let biases: BTreeMap<_, _> = given.0.iter().map(entry).collect::<Result<_, _>>()?;
    Ok(Some(Arc::new(biases)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(logit_bias: Value) -> Result<Option<Biases>, String> {
        let request = json!({ "logit_bias": logit_bias });
        let parsed = parse_logit_bias(Fields(request.as_object().unwrap()));
        parsed.map_err(|error| error.body()["error"]["message"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn ids_are_strings() {
        assert_eq!(parse(Value::Null), Ok(None));
        assert_eq!(
            parse(json!({ "50256": -100, "3": 0.5 })),
            Ok(Some(Arc::new(BTreeMap::from([(3, 0.5), (50256, -100.0)]))))
        );
    }

    #[test]
    fn there_are_not_too_many() {
        let many: serde_json::Map<_, _> = (0..1_025).map(|id: u32| (id.to_string(), json!(1))).collect();
        assert!(parse(Value::Object(many)).unwrap_err().contains("1024 tokens, got 1025"));
    }

    #[test]
    fn what_is_no_id_or_no_number_is_named() {
        for wrong in
            [json!({ "hello": 1 }), json!({ "-1": 1 }), json!({ "4294967296": 1 }), json!({ "1": "2" })]
        {
            let token = wrong.as_object().unwrap().keys().next().cloned().unwrap();
            assert!(parse(wrong).unwrap_err().contains(&format!("got {token:?}")));
        }
        assert!(parse(json!([1])).unwrap_err().contains("an object"));
    }
}
