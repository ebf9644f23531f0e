import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { default as formats } from "ajv-formats";
import type { DocumentSchema, OpenApiDocument } from "./document.ts";

/** Under which Ajv knows the document. */
const DOCUMENT = "document";

/** Checks values against schemas of a document. */
export class Schemas {
  readonly #document: OpenApiDocument;
  readonly #ajv: Ajv2020;

  constructor(document: OpenApiDocument) {
    this.#document = document;
    // OpenAPI has keywords of its own, and the document says itself that it is right.
    this.#ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
    formats.default(this.#ajv);
    this.#ajv.addSchema(document, DOCUMENT);
  }

  /** What is wrong with a value, one line each; the place in it begins with `root`. */
  problems(schema: DocumentSchema, value: unknown, root = "$"): string[] {
    const validate = this.#ajv.compile(absolute(schema));
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${root}${placeOf(error)}: ${messageOf(error)}`);
  }

  /** The type that a schema asks for; `undefined` where it asks for none. */
  typeOf(schema: DocumentSchema): unknown {
    if (typeof schema.$ref !== "string") return schema.type;
    const name = schema.$ref.split("/").at(-1) ?? "";
    return this.#document.components.schemas[name]?.type;
  }
}

/** The same objects again and again, so that Ajv compiles each only once. */
const absolutes = new WeakMap<DocumentSchema, DocumentSchema>();

function absolute(schema: DocumentSchema): DocumentSchema {
  const known = absolutes.get(schema);
  if (known !== undefined) return known;
  const made: DocumentSchema = JSON.parse(
    JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT}#/`),
  );
  absolutes.set(schema, made);
  return made;
}

function placeOf({ instancePath }: ErrorObject): string {
  return instancePath.replaceAll("/", ".").replace(/\.(\d+)(?=\.|$)/g, "[$1]");
}

function messageOf({ keyword, params, message }: ErrorObject): string {
  const extra = params.additionalProperty ?? params.unevaluatedProperty;
  if (extra !== undefined) return `additional properties '${extra}' not allowed`;
  return `${message ?? keyword}${params.allowedValues === undefined ? "" : `: ${params.allowedValues.join(", ")}`}`;
}
