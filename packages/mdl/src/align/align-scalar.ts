import { excerpt } from "../excerpt.ts";
import type { BooleanShape, LiteralShape, NumberShape, StringShape } from "../shape/shape.ts";
import type { Alignment } from "./alignment.ts";

const numeral = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Aligns text; a number becomes its digits. */
export function alignString(value: unknown, shape: StringShape, alignment: Alignment): unknown {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return alignment.misfit(shape, value);
  alignment.repaired("string", `read ${value} as "${value}"`);
  return String(value);
}

/** Aligns a number; text that holds nothing but one becomes it. */
export function alignNumber(value: unknown, shape: NumberShape, alignment: Alignment): unknown {
  const number = typeof value === "string" ? numberOf(value) : value;
  if (typeof number !== "number" || (shape.kind === "int" && !Number.isInteger(number))) {
    return alignment.misfit(shape, value);
  }
  if (number !== value) alignment.repaired("number", `read ${excerpt(value)} as ${number}`);
  return number;
}

/** The number that a text stands for, as long as none of its digits is lost. */
function numberOf(text: string): number | undefined {
  const digits = text.trim();
  const number = numeral.test(digits) ? Number(digits) : Number.NaN;
  const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? number : undefined;
}

/** Aligns true or false; their names in text become them. */
export function alignBoolean(value: unknown, shape: BooleanShape, alignment: Alignment): unknown {
  if (typeof value === "boolean") return value;
  const name = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (name !== "true" && name !== "false") return alignment.misfit(shape, value);
  alignment.repaired("boolean", `read ${excerpt(value)} as ${name}`);
  return name === "true";
}

/** Aligns a literal; one that differs only in case, in space around it or in being text is taken when it is the only one. */
export function alignLiteral(value: unknown, shape: LiteralShape, alignment: Alignment): unknown {
  if (shape.values.some((literal) => literal === value)) return value;
  if (typeof value !== "string" && typeof value !== "number") return alignment.misfit(shape, value);
  const alike = shape.values.filter((literal) => loose(literal) === loose(value));
  const [literal] = alike;
  if (literal === undefined || alike.length > 1) return alignment.misfit(shape, value);
  alignment.repaired("literal", `read ${excerpt(value)} as ${excerpt(literal)}`);
  return literal;
}

function loose(value: string | number | boolean): string {
  return String(value).trim().toLowerCase();
}
