import type { Schema } from "@conduit/types";
import { documentOf } from "./print/document-of.ts";
import { shapeOf } from "./shape/shape-of.ts";

/**
 * Prints a schema as MDL for a prompt, with all that it says of values: one line per top-level field, or the type when the
 * schema is not an object. {@link parseMdl} reads it.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function mdl(schema: Schema): string {
  return documentOf(shapeOf(schema).root).lines.join("\n");
}
