import type { ServedOperation } from "../api/served-operations.ts";
import { methods, type OpenApiDocument } from "./document.ts";

/** What is for people only. */
const PROSE = new Set([
  "description",
  "example",
  "examples",
  "summary",
  "tags",
  "x-codeSamples",
  "x-enum-varnames",
]);

/**
 * What a document says of requests to some operations, without its prose and without what they answer: enough to check requests where
 * the document itself is not at hand.
 */
export function factsOf(document: OpenApiDocument, operations: readonly ServedOperation[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [path, { parameters, ...item }] of Object.entries(document.paths)) {
    const kept: Record<string, unknown> = {};
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined || !operations.some((id) => id === operation.operationId)) continue;
      const statuses = Object.keys(operation.responses).map((status) => [status, {}]);
      kept[method] = { ...operation, responses: Object.fromEntries(statuses) };
    }
    if (Object.keys(kept).length > 0) paths[path] = withoutProse({ parameters, ...kept });
  }
  return { paths, components: componentsOf(document, paths) };
}

/** Everything that `paths` refer to, and what that refers to. */
function componentsOf({ components }: OpenApiDocument, paths: unknown): unknown {
  const found: Record<string, Record<string, unknown>> = {};
  const waiting = referencesIn(paths);
  const seen = new Set<string>();
  for (let reference = waiting.pop(); reference !== undefined; reference = waiting.pop()) {
    if (seen.has(reference)) continue;
    seen.add(reference);
    const [, , kind = "", name = ""] = reference.split("/");
    const ofKind = Object.entries(components).find(([each]) => each === kind)?.[1] ?? {};
    const component = Object.entries(ofKind).find(([each]) => each === name)?.[1];
    const facts = withoutProse({ ...component });
    found[kind] = { ...found[kind], [name]: facts };
    waiting.push(...referencesIn(facts));
  }
  return found;
}

function referencesIn(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = ""]) => reference);
}

function withoutProse(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => !PROSE.has(key) && each !== undefined)
      .map(([key, each]) => [key, key === "properties" ? mapValues(each) : strip(each)]),
  );
}

/** Properties may have the names of prose. */
function mapValues(properties: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, strip(each)]));
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  return typeof value === "object" && value !== null ? withoutProse(value) : value;
}
