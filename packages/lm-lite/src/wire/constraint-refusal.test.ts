import assert from "node:assert/strict";
import { test } from "node:test";
import { EndpointError } from "../errors/endpoint-error.ts";
import { type ConstraintRefusal, constraintRefusal } from "./constraint-refusal.ts";

const baseUrl = "http://json_schema.example";

/** Errors as endpoints have written them; the sources are issues of projects that met them. */
const errors: readonly {
  readonly from: string;
  readonly status: number;
  readonly message: string;
  readonly param?: string;
  readonly errorCode?: string;
  readonly refusal: ConstraintRefusal | undefined;
}[] = [
  {
    from: "OpenAI, a model without structured outputs (web-infra-dev/midscene#259)",
    status: 400,
    message:
      "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about " +
      "supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs",
    param: "response_format",
    refusal: "format",
  },
  {
    from: "OpenAI, a schema with optional keys (vercel/ai#6484)",
    status: 400,
    message:
      "Invalid schema for response_format 'response': In context=('properties', 'organizations', 'items'), 'required' is " +
      "required to be supplied and to be an array including every key in properties. Missing 'roles'.",
    param: "response_format",
    refusal: "schema",
  },
  {
    from: "DeepSeek (llm-exe/llm-exe#662)",
    status: 400,
    message: "This response_format type is unavailable now",
    errorCode: "invalid_request_error",
    refusal: "format",
  },
  {
    from: "DeepSeek, earlier (browser-use/browser-use#215)",
    status: 422,
    message:
      "Failed to deserialize the JSON body into the target type: response_format: response_format.type `json_schema` is " +
      "unavailable now at line 1 column 12440",
    refusal: "format",
  },
  {
    from: "Groq, a model without structured outputs (vercel/ai#7808)",
    status: 400,
    message:
      "'response_format' : one of the following must be satisfied[('response_format.type' : value is not one of the allowed " +
      "values ['text']) OR ('response_format.type' : value is not one of the allowed values ['json_object'])]",
    refusal: "format",
  },
  {
    from: "Groq, a schema with bounds (i-am-bee/beeai-framework#1215)",
    status: 400,
    message:
      "invalid schema for response format: response_format/json_schema/next_step: minItems is not supported",
    refusal: "schema",
  },
  {
    from: "vLLM (vllm-project/vllm#16880)",
    status: 400,
    message: "The provided JSON schema contains features not supported by xgrammar.",
    refusal: "schema",
  },
  {
    from: "vLLM (z-lab/paroquant#31)",
    status: 400,
    message: "Grammar error: Unknown format: uri",
    refusal: "schema",
  },
  {
    from: "llama.cpp (lidge-jun/opencodex#2135)",
    status: 400,
    message: "Failed to initialize samplers: failed to parse grammar",
    refusal: "schema",
  },
  {
    from: "an endpoint that knows no such parameter, through pydantic",
    status: 422,
    message:
      '{"detail":[{"type":"extra_forbidden","loc":["body","response_format"],"msg":"Extra inputs are not permitted"}]}',
    refusal: "format",
  },
  {
    from: "LM Lite",
    status: 400,
    message: 'the schema cannot be enforced: Unimplemented keys: ["not"]',
    param: "response_format",
    errorCode: "unsupported_schema",
    refusal: "schema",
  },
  {
    from: "a prompt that is too long",
    status: 400,
    message: "This model's maximum context length is 2048 tokens, the prompt has 4010.",
    errorCode: "context_length_exceeded",
    refusal: undefined,
  },
  { from: "no such model", status: 404, message: "The model m does not exist", refusal: undefined },
  { from: "a wrong key", status: 401, message: "response_format needs a key", refusal: undefined },
  { from: "a crash", status: 500, message: "json_schema: internal error", refusal: undefined },
];

for (const { from, message, refusal, ...options } of errors) {
  test(`${from}: ${refusal ?? "no"} refusal`, () => {
    assert.equal(constraintRefusal(new EndpointError(message, { baseUrl, ...options })), refusal);
  });
}

test("what is no answer of an endpoint is no refusal", () => {
  assert.equal(constraintRefusal(new TypeError("response_format")), undefined);
});
