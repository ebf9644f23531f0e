import type { Shape } from "../shape/shape.ts";
import { bare, formatWord, marks, patternText } from "./notation.ts";

/** What narrows or marks a type, each after a space; empty where there is nothing. */
export function constraintsText(shape: Shape): string {
  const bounds: Readonly<Record<string, unknown>> = "bounds" in shape ? shape.bounds : {};
  const { pattern, format } = bounds;
  const { examples } = shape;
  const said: Readonly<Record<string, unknown>> = { ...shape, ...bounds };
  const texts = [rangeText(shape, bounds)];
  if (typeof pattern === "string") texts.push(patternText(pattern));
  if (typeof format === "string") texts.push(bare(format, formatWord));
  for (const [mark, keyword = mark] of marks) {
    const value = said[keyword];
    if (value !== undefined) texts.push(value === true ? mark : mark + (/^\w/.test(mark) ? " " : "") + value);
  }
  if (examples !== undefined) texts.push("e.g.", ...examples.map((value) => JSON.stringify(value)));
  return texts.map((text) => text && ` ${text}`).join("");
}

/** The least and the most of a number or a length; empty where all is said without them. */
function rangeText(shape: Shape, bounds: Readonly<Record<string, unknown>>): string {
  const isCount = shape.kind !== "int" && shape.kind !== "float";
  const limit = (start: string) => Object.entries(bounds).find(([keyword]) => keyword.startsWith(start))?.[1];
  let least = limit("min");
  let most = limit("max");
  if (shape.kind === "int") {
    // Zod limits every integer to those that JavaScript reads as they were written.
    if (least === Number.MIN_SAFE_INTEGER) least = undefined;
    if (most === Number.MAX_SAFE_INTEGER) most = undefined;
  }
  if (shape.kind === "list" && shape.prefix.length > 0) {
    // The items tell the length where all of them are there, and nothing is left open after them.
    const { prefix, rest } = shape;
    if (least === prefix.length && rest.kind !== "any" && most === undefined) return "";
    least ??= 0;
    if (rest.kind === "never") most = prefix.length;
  } else if (isCount && least === 0) least = undefined;
  if ((least ?? most) === undefined) return "";
  return isCount && least === most ? `${least}` : `${least ?? ""}..${most ?? ""}`;
}
