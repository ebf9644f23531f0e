import type { DocumentParameter } from "./document.ts";
import type { Operation } from "./operations.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { brokenRules } from "./rules.ts";
import type { Schemas } from "./schemas.ts";

/** What is wrong with a request, each by the status that RunPod answers it with. */
export interface RequestProblems {
  /** Not JSON, or against a rule that no schema says. */
  readonly badRequest: readonly string[];
  /** Against a schema. */
  readonly unprocessable: readonly string[];
}

/** Compares a request with all that the document says of its operation. */
export function checkRequest(
  operation: Operation,
  path: Readonly<Record<string, string>>,
  request: ReceivedRequest,
  schemas: Schemas,
): RequestProblems {
  const body = parseBody(operation, request);
  const unprocessable = [
    ...operation.parameters.flatMap((parameter) => checkParameter(parameter, path, request, schemas)),
    ...unknownParameters(operation, request.query),
  ];
  if (body.problem !== undefined) return { badRequest: [body.problem], unprocessable };
  if (operation.body !== undefined && body.value !== undefined) {
    unprocessable.push(...schemas.problems(operation.body.schema, body.value));
  }
  // A rule presupposes the shape of what it is about.
  const badRequest = unprocessable.length > 0 ? [] : brokenRules(operation.id, request);
  return { badRequest, unprocessable };
}

function parseBody(
  { body }: Operation,
  { headers, text }: ReceivedRequest,
): { readonly value?: unknown; readonly problem?: string } {
  if (text === "") {
    return body?.isRequired === true ? { problem: "expected a body, but it is empty" } : {};
  }
  if (body === undefined) return { problem: "expected no body, but there is one" };
  const type = headers["content-type"] ?? "";
  if (!/^application\/json(;|$)/.test(type)) {
    return { problem: `expected content-type application/json, but it is ${type || "not there"}` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "expected JSON, but the body is none" };
  }
}

function checkParameter(
  parameter: DocumentParameter,
  path: Readonly<Record<string, string>>,
  { query, headers }: ReceivedRequest,
  schemas: Schemas,
): string[] {
  const { name, required = false, explode = true, schema } = parameter;
  const given = {
    path: () => (path[name] === undefined ? [] : [path[name]]),
    query: () => query.getAll(name),
    header: () => [headers[name.toLowerCase()] ?? []].flat(),
    cookie: () => [],
  }[parameter.in]();
  const [first] = given;
  if (first === undefined) return required ? [`${name}: must be there`] : [];
  const isArray = schemas.typeOf(schema) === "array";
  if (given.length > 1 && !(isArray && explode)) return [`${name}: must be there once only`];
  const type = schemas.typeOf(schema);
  const value = isArray ? (explode ? given : first.split(",")) : fromText(withoutSequence(name, first), type);
  return schemas.problems(schema, value, name);
}

/** The ids that the stream of logs gives out have a number after their time, which its parameter does not speak of. */
function withoutSequence(name: string, value: string): string {
  return name === "Last-Event-ID" ? value.replace(/\/\d+$/, "") : value;
}

function fromText(text: string, type: unknown): unknown {
  if (type === "integer" || type === "number") return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function unknownParameters({ parameters }: Operation, query: URLSearchParams): string[] {
  const known = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name));
  return unknown.map((name) => `${name}: no such query parameter`);
}
