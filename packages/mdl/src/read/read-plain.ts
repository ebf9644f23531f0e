import type { TextCursor } from "./text-cursor.ts";

/** Keys and values as JSON has them, with what shows that they end here; numbers are short enough to be finite. */
const plainKey = /"[^"\\\p{Cc}]*"\s*:/uy;
const plainValue =
  /(?:"[^"\\\p{Cc}]*"|-?(?:0|[1-9]\d{0,99})(?:\.\d+)?(?:[eE][+-]?\d\d?)?|true|false|null)(?=\s*[,}\]])/uy;

const doubleQuote = 0x22;

/** Reads the key and the colon that stand at a cursor, if all is there and as JSON has it; undefined, without a step, if not. */
export function readPlainKey(cursor: TextCursor): string | undefined {
  const { text, offset } = cursor;
  if (text.charCodeAt(offset) !== doubleQuote || !cursor.skip(plainKey)) return undefined;
  return text.slice(offset + 1, text.indexOf('"', offset + 1));
}

/** Reads the string, number, boolean or null that stands at a cursor, as {@link readPlainKey} does. */
export function readPlainValue(cursor: TextCursor): string | number | boolean | null | undefined {
  const { text, offset } = cursor;
  if (!cursor.skip(plainValue)) return undefined;
  switch (text.charAt(offset)) {
    case '"':
      return text.slice(offset + 1, cursor.offset - 1);
    case "t":
      return true;
    case "f":
      return false;
    case "n":
      return null;
    default:
      return Number(text.slice(offset, cursor.offset));
  }
}
