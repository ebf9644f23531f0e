import type { DeepPartial, InputOf, Schema } from "@conduit/types";
import { PartialParser } from "./partial/partial-parser.ts";

/**
 * What the beginning of an answer already tells of its value, as {@link PartialParser} has it after one push; undefined where
 * nothing can be told yet.
 *
 * @throws {@link MdlSchemaError} when MDL does not have what the schema says.
 */
export function parsePartial<S extends Schema>(text: string, schema: S): DeepPartial<InputOf<S>> | undefined {
  const parser = new PartialParser(schema);
  parser.push(text);
  return parser.value;
}
