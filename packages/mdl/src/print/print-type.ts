import type { Shape } from "../shape/shape.ts";
import { printer } from "./printer.ts";

/** Writes the type of a shape on one line, for messages. */
export function printType(shape: Shape): string {
  return printer("inline").type(shape);
}
