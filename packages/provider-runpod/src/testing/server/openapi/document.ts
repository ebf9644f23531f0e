import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A JSON Schema as the document has it. */
export type DocumentSchema = Readonly<Record<string, unknown>>;

export interface DocumentReference {
  readonly $ref: string;
}

export interface DocumentParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required?: boolean;
  /** Default `true` in a query: each item of an array by itself. */
  readonly explode?: boolean;
  readonly schema: DocumentSchema;
}

export interface DocumentContent {
  readonly schema?: DocumentSchema;
}

export interface DocumentAnswer {
  /** Absent where there is no body, or where the document says nothing of it. */
  readonly content?: Readonly<Record<string, DocumentContent>>;
}

export interface DocumentOperation {
  readonly operationId: string;
  readonly parameters?: readonly (DocumentParameter | DocumentReference)[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, DocumentContent>>;
  };
  readonly responses: Readonly<Record<string, DocumentAnswer | DocumentReference>>;
}

export const methods = ["get", "post", "put", "patch", "delete"] as const;

export type DocumentPath = { readonly [Method in (typeof methods)[number]]?: DocumentOperation } & {
  readonly parameters?: readonly (DocumentParameter | DocumentReference)[];
};

/** What is used of an OpenAPI document. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, DocumentPath>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, DocumentSchema>>;
    readonly parameters?: Readonly<Record<string, DocumentParameter>>;
    readonly responses?: Readonly<Record<string, DocumentAnswer>>;
  };
}

/** RunPod's own document, where `CONDUIT_TEST_DATA` leads to it. */
export function readWholeDocument(): OpenApiDocument | undefined {
  const data = process.env.CONDUIT_TEST_DATA;
  const path = data === undefined ? "" : join(data, "runpod", "openapi-v2.json");
  return existsSync(path) ? readJson(path) : undefined;
}

/** What the document says of requests to the operations that are served, see {@link factsOf}. */
export function readFacts(): OpenApiDocument {
  return readJson(new URL("./openapi-facts.json", import.meta.url));
}

function readJson(path: string | URL): OpenApiDocument {
  const document: OpenApiDocument = JSON.parse(readFileSync(path, "utf8"));
  return document;
}
