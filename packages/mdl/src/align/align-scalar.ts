import { excerpt } from "../excerpt.ts";
import type { BooleanShape, NumberShape, StringShape } from "../shape/shape.ts";
import type { Alignment } from "./alignment.ts";

/** A number, also with thousands separators and a currency sign. */
const numeral = /^\p{Sc}?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*\p{Sc}?$/u;
/** For some, the comma of these is the decimal separator. */
const ambiguous = /^[^,]*,\d{3}\P{Nd}*$/u;

/** Aligns text; a number becomes its digits. */
export function alignString(value: unknown, shape: StringShape, alignment: Alignment): unknown {
  if (typeof value === "string") return value;
  // Digits that JavaScript has lost are not to be had back.
  const isKnown = typeof value === "number" && (Number.isSafeInteger(value) || !Number.isInteger(value));
  if (!isKnown) return alignment.misfit(shape, value);
  alignment.repaired("string", `read ${value} as "${value}"`);
  return String(value);
}

/** Aligns a number; text that holds nothing but one becomes it. */
export function alignNumber(value: unknown, shape: NumberShape, alignment: Alignment): unknown {
  const { kind } = shape;
  const number = typeof value === "string" ? numberOf(value.trim(), kind) : value;
  if (typeof number !== "number" || (kind === "int" && !Number.isInteger(number))) {
    return alignment.misfit(shape, value);
  }
  if (number !== value) alignment.repaired("number", `read ${excerpt(value)} as ${number}`);
  return number;
}

/** The number that a text stands for, as long as there is no doubt and none of its digits is lost. */
function numberOf(text: string, kind: NumberShape["kind"]): number | undefined {
  const [, digits = ""] = numeral.exec(text) ?? [];
  if (digits === "" || (kind === "float" && ambiguous.test(digits))) return undefined;
  const number = Number(digits.replaceAll(",", ""));
  if (!Number.isFinite(number)) return undefined;
  const isExact = Number.isSafeInteger(number) || !Number.isInteger(number) || String(number) === digits;
  return isExact ? number : undefined;
}

/** Aligns true or false; their names in text become them. */
export function alignBoolean(value: unknown, shape: BooleanShape, alignment: Alignment): unknown {
  if (typeof value === "boolean") return value;
  const name = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (name !== "true" && name !== "false") return alignment.misfit(shape, value);
  alignment.repaired("boolean", `read ${excerpt(value)} as ${name}`);
  return name === "true";
}
