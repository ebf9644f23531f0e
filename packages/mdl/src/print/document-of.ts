import type { Shape } from "../shape/shape.ts";
import { type Document, printDocument } from "./printer.ts";
import { share } from "./share.ts";

/**
 * A whole schema as it is written, with names for what it repeats where that makes it shorter.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function documentOf(root: Shape): Document {
  const plain = printDocument(root);
  const shared = printDocument(share(root));
  return lengthOf(shared) < lengthOf(plain) ? shared : plain;
}

function lengthOf({ lines }: Document): number {
  return lines.join("\n").length;
}
