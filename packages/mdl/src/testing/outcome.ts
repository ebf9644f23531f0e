import type { Schema } from "@conduit/types";
import { parse } from "../parse.ts";

/** The value and the repairs of an answer, for comparing both at once. */
export function outcomeOf<S extends Schema>(text: string, schema: S) {
  const { value, repairs } = parse(text, schema);
  return { value, repairs };
}
