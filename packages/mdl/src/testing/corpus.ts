import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@conduit/types";

/** A real schema with instances, from JSONSchemaBench. */
export interface CorpusFile {
  readonly name: string;
  readonly schema: JsonObject;
  readonly tests: readonly { readonly valid: boolean; readonly data: JsonValue }[];
}

/** The real schemas that `CONDUIT_TEST_DATA` leads to, by name; none where it is not set. */
export function corpus(): readonly CorpusFile[] {
  const data = process.env.CONDUIT_TEST_DATA;
  if (data === undefined) return [];
  const folder = join(data, "jsonschemabench");
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, ...JSON.parse(readFileSync(join(folder, name), "utf8")) }));
}
