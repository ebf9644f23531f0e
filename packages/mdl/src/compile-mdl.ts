import type { Schema } from "@conduit/types";
import { printDocument } from "./print/printer.ts";
import { shapeOf } from "./shape/shape-of.ts";

/**
 * Prints a schema in the published forms of MDL: one line per top-level field, without descriptions; one line with the
 * type when the schema is not an object. A key that may be absent and a value that may be null are both `Optional[T]`;
 * {@link mdl} keeps them apart.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function compileMdl(schema: Schema): string[] {
  return printDocument(shapeOf(schema).root, true).lines;
}
