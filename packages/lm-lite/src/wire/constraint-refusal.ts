import { EndpointError } from "../errors/endpoint-error.ts";

/**
 * What an endpoint refused of `response_format: json_schema`: `format` as such, whatever the schema, or this one `schema`.
 */
export type ConstraintRefusal = "format" | "schema";

const statuses: ReadonlySet<number> = new Set([400, 404, 422]);

/** Words about what stands in a schema (OpenAI, vLLM, llama.cpp, LM Lite). */
const aboutSchema =
  /invalid.(?:json.)?schema|unsupported.schema|schema (?:for|contains|conversion)|response.?schema|json_schema\.schema|keyword|grammar/i;

/** Words about the parameter (OpenAI, Groq, DeepSeek, and what validates requests with pydantic). */
const aboutFormat = /response.?format|json_schema|structured.?outputs?|guided.?json/i;

/** Which refusal of a constraint an error is; undefined where it is none. */
export function constraintRefusal(error: unknown): ConstraintRefusal | undefined {
  if (!EndpointError.isInstance(error) || !statuses.has(error.status)) return undefined;
  const words = [error.message, error.errorCode, error.param].join(" ").replaceAll(error.baseUrl, "");
  if (aboutSchema.test(words)) return "schema";
  return aboutFormat.test(words) ? "format" : undefined;
}
