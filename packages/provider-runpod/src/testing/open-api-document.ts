import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { default as formats } from "ajv-formats";

/** Why tests that hold something against RunPod's document are skipped, or `false`. */
export const skipWithoutDocument =
  process.env.CONDUIT_TEST_DATA === undefined &&
  "CONDUIT_TEST_DATA does not name a folder with runpod/openapi-v2.json";

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** JSON, or `undefined`. */
  readonly body: unknown;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: { readonly type?: string; readonly $ref?: string };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

interface PathItem extends Partial<Record<"get" | "post" | "delete", Operation>> {
  readonly parameters?: readonly Parameter[];
}

interface Document {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

/** RunPod's description of its API v2, to hold requests and answers against. */
export class OpenApiDocument {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(folder: string) {
    this.#document = JSON.parse(readFileSync(join(folder, "runpod", "openapi-v2.json"), "utf8"));
    formats.default(this.#ajv);
    this.#ajv.addSchema({ $id: "runpod:", ...this.#document });
  }

  /** The document among the test data; `undefined` where there is none. */
  static load(): OpenApiDocument | undefined {
    const folder = process.env.CONDUIT_TEST_DATA;
    return folder === undefined ? undefined : new OpenApiDocument(folder);
  }

  /** The statuses that an operation is documented to answer with. */
  statusesOf(operationId: string): readonly string[] {
    const operations = Object.values(this.#document.paths).flatMap(({ get, post, delete: remove }) => [
      get,
      post,
      remove,
    ]);
    const found = operations.find((operation) => operation?.operationId === operationId);
    return Object.keys(found?.responses ?? {});
  }

  schema(name: string): Readonly<Record<string, unknown>> {
    return this.#document.components.schemas[name] ?? {};
  }

  /** What is wrong with a value, by the document's schema of that name. */
  valueViolations(schemaName: string, value: unknown): readonly string[] {
    return this.#violations(`#/components/schemas/${schemaName}`, value, schemaName);
  }

  /** What is wrong with a request. */
  requestViolations({ method, url, headers, body }: SentRequest): readonly string[] {
    for (const [template, item] of Object.entries(this.#document.paths)) {
      const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
      if (!pattern.test(url.pathname)) continue;
      const key = method.toLowerCase() as "get" | "post" | "delete";
      const operation = item[key];
      if (operation === undefined) return [`${template} has no ${method}`];
      const place = `#/paths/${template.replaceAll("/", "~1")}/${key}`;
      return [
        ...(headers.get("authorization")?.startsWith("Bearer ") ? [] : ["no bearer key"]),
        ...this.#queryViolations(operation, url),
        ...this.#bodyViolations(operation, place, body),
      ];
    }
    return [`no path of the document is ${url.pathname}`];
  }

  #queryViolations({ parameters = [] }: Operation, url: URL): readonly string[] {
    const known = parameters
      .map(({ $ref, ...own }) => this.#document.components.parameters[$ref?.split("/").at(-1) ?? ""] ?? own)
      .filter((parameter) => parameter.in === "query");
    const sent = [...url.searchParams];
    return [
      ...sent
        .filter(([name]) => !known.some((each) => each.name === name))
        .map(([name]) => `unknown query ${name}`),
      ...known
        .filter(({ name, required }) => required === true && !url.searchParams.has(name))
        .map(({ name }) => `missing query ${name}`),
      ...known.flatMap(({ name, schema }) => {
        const text = url.searchParams.get(name);
        if (text === null) return [];
        return this.#check({ $ref: undefined, ...this.#absolute(schema) }, parsed(text, schema.type), name);
      }),
    ];
  }

  #bodyViolations({ requestBody }: Operation, place: string, body: unknown): readonly string[] {
    if (requestBody === undefined) return body === undefined ? [] : ["a body where there is none"];
    return this.#violations(`${place}/requestBody/content/application~1json/schema`, body, "body");
  }

  #violations(pointer: string, value: unknown, name: string): readonly string[] {
    return this.#check({ $ref: `runpod:${encodeURI(pointer)}` }, value, name);
  }

  #check(schema: object, value: unknown, name: string): readonly string[] {
    const defined = JSON.parse(JSON.stringify(schema));
    if (this.#ajv.validate(defined, value)) return [];
    return (this.#ajv.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message}`);
  }

  /** A schema from inside the document, to be used outside of it. */
  #absolute(schema: object): object {
    return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"runpod:#/'));
  }
}

function parsed(text: string, type: string | undefined): unknown {
  if (type === "integer") return Number(text);
  if (type === "boolean") return text === "true";
  return type === "array" ? text.split(",") : text;
}
