import {
  type DocumentAnswer,
  type DocumentParameter,
  type DocumentReference,
  type DocumentSchema,
  methods,
  type OpenApiDocument,
} from "./document.ts";

/** An operation with all that it refers to, other than schemas. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly parameters: readonly DocumentParameter[];
  readonly body: { readonly isRequired: boolean; readonly schema: DocumentSchema } | undefined;
  /** By status, or `default`. */
  readonly answers: ReadonlyMap<string, DocumentAnswer>;
}

export type OperationMatch =
  | { readonly operation: Operation; readonly path: Readonly<Record<string, string>> }
  | { readonly allowedMethods: readonly string[] };

interface Route {
  readonly pattern: RegExp;
  readonly operations: readonly Operation[];
}

/** Finds what a request is for. */
export class Operations {
  readonly #routes: readonly Route[];

  constructor(document: OpenApiDocument) {
    this.#routes = Object.entries(document.paths)
      // A path without parameters comes before one that fits it.
      .sort(([a], [b]) => a.split("{").length - b.split("{").length)
      .map(([path]) => ({ pattern: patternOf(path), operations: operationsOf(document, path) }));
  }

  /** `undefined` for a path that is not there. */
  match(method: string, path: string): OperationMatch | undefined {
    for (const { pattern, operations } of this.#routes) {
      const found = pattern.exec(path);
      if (found === null) continue;
      const operation = operations.find((each) => each.method === method);
      if (operation === undefined) return { allowedMethods: operations.map((each) => each.method) };
      const parts = Object.entries(found.groups ?? {});
      return { operation, path: Object.fromEntries(parts.map(([name, value]) => [name, decode(value)])) };
    }
    return undefined;
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

function operationsOf(document: OpenApiDocument, path: string): Operation[] {
  const item = document.paths[path] ?? {};
  return methods.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const body = operation.requestBody;
    const schema = body?.content["application/json"]?.schema;
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
        resolve(parameter, document.components.parameters),
      ),
      body: schema && { isRequired: body?.required ?? false, schema },
      answers: new Map(
        Object.entries(operation.responses).map(([status, answer]) => [
          status,
          resolve(answer, document.components.responses),
        ]),
      ),
    };
  });
}

function resolve<T extends object>(
  value: T | DocumentReference,
  components: Readonly<Record<string, T>> = {},
): T {
  if (!("$ref" in value)) return value;
  const found = components[value.$ref.split("/").at(-1) ?? ""];
  if (found === undefined) throw new Error(`expected the document to have ${value.$ref}`);
  return found;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
