import type { Shape } from "../shape/shape.ts";
import { writeType } from "./printer.ts";

/** Writes the type of a shape on one line, for messages. */
export function printType(shape: Shape): string {
  return writeType(shape);
}
