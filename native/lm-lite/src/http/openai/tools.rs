use std::collections::HashSet;

use conduit_engine::{CallGrammar, CallMarker, FunctionGrammar, Otherwise};
use conduit_text::{ToolCallFormat, ToolCallMarker, ToolCallParser};
use serde_json::{Map, Value, json};

use super::Fields;
use super::tool_choice::{ToolChoice, parse_tool_choice};
use crate::http::api_error::ApiError;

/// Most functions of one request, as OpenAI has it.
const MAX_TOOLS: usize = 128;
const MAX_NAME_CHARACTERS: usize = 64;

/// The functions that an answer may call.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// As chat templates take them.
    pub(crate) definitions: Vec<Value>,
    functions: Vec<Function>,
    choice: ToolChoice,
    parallel: bool,
}

#[derive(Clone, Debug)]
struct Function {
    name: String,
    parameters: Value,
}

impl Tools {
    /// `None` where the request has no functions, or wants none called.
    pub(crate) fn parse(fields: Fields<'_>) -> Result<Option<Self>, ApiError> {
        let tools = match fields.get("tools") {
            None => &[],
            Some(Value::Array(tools)) => tools.as_slice(),
            Some(other) => return Err(ApiError::invalid_type("tools", "an array", other)),
        };
        if tools.len() > MAX_TOOLS {
            let message = format!("tools may have {MAX_TOOLS} functions, got {}", tools.len());
            return Err(ApiError::bad_request("invalid_value", "tools", message));
        }
        let parse = |(index, tool)| parse_tool(&format!("tools[{index}]"), tool);
        let parsed: Vec<_> = tools.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        let (definitions, mut functions): (Vec<_>, Vec<_>) = parsed.into_iter().unzip();
        let mut names = HashSet::new();
        if let Some(twice) = functions.iter().find(|function| !names.insert(function.name.clone())) {
            let message = format!("tools has two functions named {:?}", twice.name);
            return Err(ApiError::bad_request("invalid_value", "tools", message));
        }
        let choice = parse_tool_choice(fields, &names)?;
        let parallel = fields.boolean("parallel_tool_calls")?.unwrap_or(true);
        if let ToolChoice::Function(name) = &choice {
            functions.retain(|function| function.name == *name);
        }
        let wanted = !functions.is_empty() && choice != ToolChoice::None;
        Ok(wanted.then_some(Self { definitions, functions, choice, parallel }))
    }

    /// What holds an answer that has to call, or that may call and otherwise is `otherwise`.
    pub(crate) fn grammar(&self, format: &ToolCallFormat, otherwise: Otherwise) -> CallGrammar {
        let function = |function: &Function| FunctionGrammar {
            name: format!("the function {:?}:", function.name),
            before: format.before_arguments(&function.name),
            arguments: function.parameters.clone(),
            after: format.after_arguments().to_owned(),
        };
        let one = !self.parallel || matches!(self.choice, ToolChoice::Function(_));
        CallGrammar {
            functions: self.functions.iter().map(function).collect(),
            otherwise: if self.choice == ToolChoice::Auto { otherwise } else { Otherwise::Nothing },
            marker: match format.marker {
                ToolCallMarker::Text(text) => CallMarker::Text(text.to_owned()),
                ToolCallMarker::Token(token) => CallMarker::Token(token),
                ToolCallMarker::Start { token } => CallMarker::Start { token },
            },
            head: format.head.to_owned(),
            separator: format.separator.filter(|_| !one).map(ToOwned::to_owned),
            tail: format.tail.to_owned(),
        }
    }

    pub(crate) fn parser(&self, format: ToolCallFormat) -> ToolCallParser {
        ToolCallParser::new(format, self.functions.iter().map(|function| function.name.clone()))
    }
}

/// A function as templates take it, and what its calls are held to.
fn parse_tool(path: &str, tool: &Value) -> Result<(Value, Function), ApiError> {
    let fields = tool.as_object().ok_or_else(|| ApiError::invalid_type(path, "an object", tool))?;
    match fields.get("type").and_then(Value::as_str) {
        Some("function") => {}
        Some(other) => {
            let message = format!("{path}.type: this server knows functions only, got {other}");
            return Err(ApiError::bad_request("unsupported_parameter", format!("{path}.type"), message));
        }
        None => {
            let message = format!("{path}.type must be \"function\"");
            return Err(ApiError::bad_request("invalid_value", format!("{path}.type"), message));
        }
    }
    let (path, found) = (format!("{path}.function"), fields.get("function").unwrap_or(&Value::Null));
    let function = found.as_object().ok_or_else(|| ApiError::invalid_type(&path, "an object", found))?;
    parse_function(&path, Fields(function))
}

/// A function's fields, wherever they stand.
pub(crate) fn parse_function_fields(path: &str, function: Fields<'_>) -> Result<Value, ApiError> {
    let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if name.is_empty() || name.len() > MAX_NAME_CHARACTERS || !name.chars().all(allowed) {
        let found = function.get("name").unwrap_or(&Value::Null);
        let message = format!(
            "{path}.name must be 1 to {MAX_NAME_CHARACTERS} letters, digits, underscores or dashes, got {found}"
        );
        return Err(ApiError::bad_request("invalid_value", format!("{path}.name"), message));
    }
    let mut seen = Map::new();
    seen.insert("name".to_owned(), name.into());
    if let Some(description) = function.get("description").filter(|description| description.is_string()) {
        seen.insert("description".to_owned(), description.clone());
    }
    match function.get("parameters") {
        None => {}
        Some(parameters @ Value::Object(_)) => {
            seen.insert("parameters".to_owned(), parameters.clone());
        }
        Some(other) => {
            return Err(ApiError::invalid_type(&format!("{path}.parameters"), "a JSON Schema", other));
        }
    }
    Ok(json!({ "type": "function", "function": seen }))
}

fn parse_function(path: &str, function: Fields<'_>) -> Result<(Value, Function), ApiError> {
    let definition = parse_function_fields(path, function)?;
    let name = definition["function"]["name"].as_str().unwrap_or_default().to_owned();
    let parameters = match &definition["function"]["parameters"] {
        Value::Object(schema) => arguments_schema(path, schema)?,
        _ => json!({ "type": "object", "additionalProperties": false }),
    };
    Ok((definition, Function { name, parameters }))
}

/// The schema of arguments, which are an object, whether it says so or not.
fn arguments_schema(path: &str, schema: &Map<String, Value>) -> Result<Value, ApiError> {
    let mut schema = schema.clone();
    match schema.get("type") {
        Some(kind) if kind == "object" => {}
        None | Some(Value::Null) => {
            schema.insert("type".to_owned(), "object".into());
        }
        Some(other) => {
            let path = format!("{path}.parameters.type");
            let message = format!("{path} must be \"object\", got {other}");
            return Err(ApiError::bad_request("invalid_value", path, message));
        }
    }
    Ok(Value::Object(schema))
}
