import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@conduit/types";
import { rawJson } from "./raw-json.ts";

/** A real schema with instances, from JSONSchemaBench. */
export interface SchemaFile {
  readonly name: string;
  readonly schema: JsonObject;
  readonly tests: readonly {
    readonly valid: boolean;
    /** Its numbers are `JSON.rawJSON`, as they were written: `12.0` is no whole number to a grammar. */
    readonly data: unknown;
  }[];
}

/** The schemas of the test data, by name; none where the data is absent. */
export function schemaFiles(): readonly SchemaFile[] {
  const data = process.env.CONDUIT_TEST_DATA;
  if (data === undefined) return [];
  const folder = join(data, "jsonschemabench");
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const written = readFileSync(join(folder, name), "utf8");
      return { name, schema: JSON.parse(written).schema, tests: parseRaw(written).tests };
    });
}

function parseRaw(written: string): { readonly tests: SchemaFile["tests"] } {
  const parsed = rawJson.parse(written, (_key, value, { source }) =>
    typeof value === "number" ? rawJson.rawJSON(source) : value,
  );
  return parsed as ReturnType<typeof parseRaw>;
}
