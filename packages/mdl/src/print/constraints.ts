import type { Shape } from "../shape/shape.ts";
import { flags, formatText, patternText, rangeSuffixes } from "./notation.ts";

/** What narrows or marks a type, each after a space; empty where there is nothing. */
export function constraintsText(shape: Shape): string {
  const { examples } = shape;
  const texts = [...boundTexts(shape), ...flags.filter((flag) => shape[flag])];
  if (examples !== undefined) texts.push("e.g.", ...examples.map((value) => JSON.stringify(value)));
  return texts.map((text) => ` ${text}`).join("");
}

function boundTexts(shape: Shape): readonly string[] {
  if (!("bounds" in shape)) return [];
  const bounds: Readonly<Record<string, unknown>> = shape.bounds;
  const said = (keyword: string, text: (value: string) => string) =>
    bounds[keyword] === undefined ? [] : [text(String(bounds[keyword]))];
  return [
    ...rangeTexts(shape, bounds),
    ...said("exclusiveMinimum", (limit) => `>${limit}`),
    ...said("exclusiveMaximum", (limit) => `<${limit}`),
    ...said("multipleOf", (step) => `multipleOf ${step}`),
    ...said("uniqueItems", () => "unique"),
    ...said("pattern", patternText),
    ...said("format", formatText),
  ];
}

function rangeTexts(shape: Shape, bounds: Readonly<Record<string, unknown>>): readonly string[] {
  const suffix = rangeSuffixes[shape.kind];
  const isCount = suffix !== "imum";
  const first = bounds[`min${suffix}`];
  const last = bounds[`max${suffix}`];
  // Zod limits every integer to those that JavaScript reads as they were written.
  let least = shape.kind === "int" && first === Number.MIN_SAFE_INTEGER ? undefined : first;
  let most = shape.kind === "int" && last === Number.MAX_SAFE_INTEGER ? undefined : last;
  if (shape.kind === "list" && shape.prefix.length > 0) {
    // The items tell the length where all of them are there, and nothing is left open after them.
    const { prefix, rest } = shape;
    if (least === prefix.length && rest.kind !== "any" && most === undefined) return [];
    least ??= 0;
    if (rest.kind === "never") most = prefix.length;
  } else if (isCount && least === 0) least = undefined;
  if (least === undefined && most === undefined) return [];
  return [isCount && least === most ? `${least}` : `${least ?? ""}..${most ?? ""}`];
}
