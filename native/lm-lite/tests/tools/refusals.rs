use serde_json::{Value, json};

use crate::common::Start;
use crate::support::{function, hermes, request, tools};

#[test]
fn tools_that_cannot_be_used_are_refused_by_name() {
    let (server, _folder) = hermes();
    let refused = |fields: Value| {
        let (status, body) = server.post("/v1/chat/completions", &request(0, fields));
        assert_eq!(status, 400, "{body}");
        let error = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
        (error("code"), error("param"), error("message"))
    };
    let unique = json!({ "type": "object", "properties": { "x": { "type": "array", "uniqueItems": true } } });
    let (code, param, message) = refused(json!({ "tools": [function("set", &unique)] }));
    assert_eq!((code.as_str(), param.as_str()), ("unsupported_schema", "tools"));
    assert!(message.contains("\"set\"") && message.contains("uniqueItems"), "{message}");

    let plain = json!({ "type": "object" });
    for (fields, param) in [
        (json!({ "tools": {} }), "tools"),
        (json!({ "tools": [function("a b", &plain)] }), "tools[0].function.name"),
        (json!({ "tools": [function("", &plain)] }), "tools[0].function.name"),
        (json!({ "tools": [function("a", &plain), function("a", &plain)] }), "tools"),
        (json!({ "tools": [function("a", &json!([]))] }), "tools[0].function.parameters"),
        (
            json!({ "tools": [function("a", &json!({ "type": "string" }))] }),
            "tools[0].function.parameters.type",
        ),
        (json!({ "tools": [{ "type": "web_search" }] }), "tools[0].type"),
        (json!({ "tool_choice": "sometimes" }), "tool_choice"),
        (json!({ "tool_choice": { "type": "function", "function": { "name": "other" } } }), "tool_choice"),
        (json!({ "tools": null }), "tool_choice"),
        (json!({ "structured_outputs": { "regex": "a" }, "tool_choice": "auto" }), "structured_outputs"),
    ] {
        assert_eq!(refused(fields.clone()).1, param, "{fields}");
    }
    let completion = json!({ "model": "tiny", "prompt": "a", "tools": tools() });
    assert_eq!(server.post("/v1/completions", &completion).1["error"]["param"], "tools");

    // A template that knows of no calls.
    let server = Start::new().tiny().start();
    let (status, body) = server.post("/v1/chat/completions", &request(0, json!({})));
    assert_eq!((status, &body["error"]["param"]), (400, &json!("tools")), "{body}");
}
