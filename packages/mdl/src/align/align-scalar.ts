import { excerpt } from "../excerpt.ts";
import type {
  BooleanShape,
  LiteralShape,
  NeverShape,
  NullShape,
  NumberShape,
  StringShape,
} from "../shape/shape.ts";
import type { Alignment } from "./alignment.ts";
import { inLowerCase, literalLike } from "./literal-like.ts";

type ScalarShape = StringShape | NumberShape | BooleanShape | NullShape | LiteralShape | NeverShape;

/** A number, also with thousands separators and a currency sign. */
const numeral = /^\p{Sc}?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*\p{Sc}?$/u;
/** For some, the comma of these is the decimal separator. */
const ambiguous = /^[^,]*,\d{3}$/;

/** Aligns what has no parts: text and numbers become each other, and text what it names; undefined for a misfit. */
export function alignScalar(value: unknown, shape: ScalarShape, alignment: Alignment): unknown {
  const scalar = readAs(value, shape);
  if (scalar !== undefined && scalar !== value) {
    const kind = shape.kind === "literal" ? shape.kind : (typeof scalar as "string" | "number" | "boolean");
    alignment.repaired(kind, `read ${excerpt(value)} as ${excerpt(scalar)}`);
  }
  return scalar;
}

/** The value of a shape that is meant; undefined where there is none. */
function readAs(value: unknown, shape: ScalarShape): unknown {
  const type = typeof value;
  switch (shape.kind) {
    case "str":
      if (type === "number" && isKnown(value as number)) return String(value);
      return type === "string" ? value : undefined;
    case "int":
    case "float": {
      const number = type === "string" ? numberOf((value as string).trim(), shape.kind) : value;
      const fits = shape.kind === "int" ? Number.isInteger(number) : typeof number === "number";
      return fits ? number : undefined;
    }
    case "bool":
      if (type === "boolean") return value;
      return [true, false].find((truth) => String(truth) === inLowerCase(value));
    case "null":
      return value === null ? value : undefined;
    case "literal":
      return literalLike(value, shape);
    default:
      return undefined;
  }
}

/** The number that a text stands for, as long as there is no doubt and none of its digits is lost. */
function numberOf(text: string, kind: NumberShape["kind"]): number | undefined {
  const digits = numeral.exec(text)?.[1] ?? "none";
  const number = Number(digits.replaceAll(",", ""));
  if (kind === "float" && ambiguous.test(digits)) return undefined;
  return isKnown(number) || String(number) === digits ? number : undefined;
}

/** Whether JavaScript has all digits of a number: those that it has lost are not to be had back. */
function isKnown(number: number): boolean {
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}
