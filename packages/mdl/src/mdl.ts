import type { Schema } from "@conduit/types";
import { comment } from "./print/comment.ts";
import { printField, printType, withComment } from "./print/print-type.ts";
import { shapeOf } from "./shape/shape-of.ts";

/**
 * Prints a schema as MDL for a prompt: one line per top-level field, `name?` for a key that may be absent, descriptions as
 * comments; the type alone when the schema is not an object.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function mdl(schema: Schema): string {
  const shape = shapeOf(schema);
  const words = comment(shape);
  if (shape.kind !== "object" || shape.fields.length === 0) {
    return withComment(printType(shape, "commented"), words);
  }
  const lines = shape.fields.map((field) => printField(field, "commented"));
  return [...(words === undefined ? [] : [`# ${words}`]), ...lines].join("\n");
}
