import type { Shape } from "../shape/shape.ts";
import { type Document, documentLines, Printer } from "./printer.ts";
import { Sharing } from "./share.ts";

/**
 * A whole schema as it is written, with names for what it repeats where that makes it shorter.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function documentOf(root: Shape): Document {
  const plain = new Printer("lossless").document(root);
  const shared = new Printer("lossless").document(new Sharing().share(root));
  return lengthOf(shared) < lengthOf(plain) ? shared : plain;
}

function lengthOf(document: Document): number {
  return documentLines(document).join("\n").length;
}
