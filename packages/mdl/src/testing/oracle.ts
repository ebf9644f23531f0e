import type { JsonObject, JsonValue } from "@conduit/types";
import { Ajv, type Options } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { default as draft4 } from "ajv-draft-04";
import { default as formats } from "ajv-formats";

const options: Options = {
  strict: false,
  logger: false,
  validateSchema: false,
  // Real patterns escape what the u flag does not let them.
  unicodeRegExp: false,
};

/** Whether a value fits `schema`, by the rules of the draft that it names; of the last one where it names none. */
export function oracleOf(schema: JsonObject): (value: JsonValue) => boolean {
  const draft = /draft-0[3467]/.exec(String(schema.$schema))?.[0];
  // Before 2019-09, what stands beside a reference is void.
  const early: Options = { ...options, ignoreKeywordsWithRef: true };
  const ajv =
    draft === "draft-04"
      ? new draft4.default(early)
      : draft !== undefined
        ? new Ajv(early)
        : // Draft 2020-12 has no list of schemas in `items`.
          /"items":\[|draft\/2019/.test(JSON.stringify(schema))
          ? new Ajv2019(options)
          : new Ajv2020(options);
  formats.default(ajv);
  // In later drafts it means nothing.
  if (draft !== "draft-04") ajv.removeKeyword("id");
  const { $schema: _, ...plain } = schema;
  const validate = ajv.compile(JSON.stringify(schema).includes('"$ref"') ? plain : withoutIds(plain));
  return (value) => validate(value);
}

/** Identifiers that nothing refers to: Ajv refuses to have one twice. */
function withoutIds(schema: JsonObject): JsonObject {
  const isId = (key: string, value: unknown) => typeof value === "string" && (key === "id" || key === "$id");
  return JSON.parse(JSON.stringify(schema), (key, value) => (isId(key, value) ? undefined : value));
}
