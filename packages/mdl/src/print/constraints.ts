import type { ListShape, Shape } from "../shape/shape.ts";
import { flags, formatText, patternText, rangeKeywords } from "./notation.ts";

/** What narrows or marks a type, in parentheses; empty where there is nothing. */
export function constraintsText(shape: Shape): string {
  const { examples } = shape;
  const texts = [
    ...boundTexts(shape),
    ...flags.filter((flag) => shape[flag]),
    ...(examples === undefined ? [] : [`e.g. ${examples.map((value) => JSON.stringify(value)).join(", ")}`]),
  ];
  return texts.length === 0 ? "" : `(${texts.join(", ")})`;
}

function boundTexts(shape: Shape): readonly string[] {
  if (!("bounds" in shape)) return [];
  const bounds: Readonly<Record<string, unknown>> = shape.bounds;
  const isNumber = shape.kind === "int" || shape.kind === "float";
  const [least, most] = rangeKeywords[shape.kind];
  const range =
    shape.kind === "list"
      ? lengths(shape)
      : [isNumber ? bounds[least] : bounds[least] || undefined, bounds[most]];
  const { exclusiveMinimum, exclusiveMaximum, multipleOf, uniqueItems, pattern, format } = bounds;
  return [
    ...rangeTexts(range, !isNumber),
    ...(exclusiveMinimum === undefined ? [] : [`>${exclusiveMinimum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`<${exclusiveMaximum}`]),
    ...(multipleOf === undefined ? [] : [`multipleOf ${multipleOf}`]),
    ...(uniqueItems === true ? ["unique"] : []),
    ...(pattern === undefined ? [] : [patternText(String(pattern))]),
    ...(format === undefined ? [] : [formatText(String(format))]),
  ];
}

function rangeTexts([least, most]: readonly unknown[], isCount: boolean): readonly string[] {
  if (least === undefined && most === undefined) return [];
  return [isCount && least === most ? `${least}` : `${least ?? ""}..${most ?? ""}`];
}

/** The range of a list's length, where its items do not tell it. */
function lengths({ prefix, rest, bounds: { minItems, maxItems } }: ListShape): readonly unknown[] {
  const count = prefix.length;
  if (count === 0) return [minItems || undefined, maxItems];
  const most = rest.kind === "never" ? count : maxItems;
  const told = minItems === count && rest.kind !== "any" && (rest.kind === "never" || most === undefined);
  return told ? [] : [minItems ?? 0, most];
}
