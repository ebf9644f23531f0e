import type { TextCursor } from "./text-cursor.ts";

/** A string as it was read. */
export interface StringReading {
  readonly text: string;
  /** Whether the text ended before the string did. */
  readonly cut: boolean;
  /** What was not JSON about it. */
  readonly oddities: readonly string[];
}

const closingQuotes = new Map([
  ['"', '"'],
  ["'", "'"],
  ["“", "”"],
  ["‘", "’"],
]);

const escapes = new Map([
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const plain = /[^"'”’\\\p{Cc}]+/uy;
const fourHexDigits = /[0-9a-fA-F]{4}/y;
/** What may follow a string: a delimiter, a line's end, a comment, another string, or nothing. */
const afterString = /[^\S\n]*(?:[,:}\]\n"'“‘#]|\/[/*]|$)/y;

/** Whether a string can start with `character`. */
export function isQuote(character: string): boolean {
  return closingQuotes.has(character);
}

/** Reads the string that starts at the cursor, in whichever quotes. */
export function readString(cursor: TextCursor): StringReading {
  const opening = cursor.character;
  const closing = closingQuotes.get(opening);
  const oddities = new Set<string>(opening === '"' ? [] : ["quotes other than double quotes"]);
  let text = "";
  cursor.offset += 1;
  while (!cursor.atEnd) {
    const run = cursor.match(plain);
    if (run !== undefined) {
      text += run;
      continue;
    }
    const character = cursor.character;
    if (character === closing && isEndOfString(cursor)) {
      cursor.offset += 1;
      return { text, cut: false, oddities: [...oddities] };
    }
    if (character === "\\") {
      const escaped = readEscape(cursor, oddities);
      if (escaped === undefined) break;
      text += escaped;
      continue;
    }
    if (character === closing) oddities.add("a quote inside a string without a backslash");
    if (character < " ") oddities.add("a control character inside a string");
    text += character;
    cursor.offset += 1;
  }
  // Half of a surrogate pair is no text yet.
  return { text: text.replace(/[\ud800-\udbff]$/, ""), cut: true, oddities: [...oddities] };
}

/** Models forget to escape quotes; one that nothing of JSON follows belongs to the text. */
function isEndOfString({ text, offset }: TextCursor): boolean {
  afterString.lastIndex = offset + 1;
  return afterString.test(text);
}

/** Reads what a backslash begins; undefined when the text ends within it. */
function readEscape(cursor: TextCursor, oddities: Set<string>): string | undefined {
  const { text, offset } = cursor;
  const name = text.charAt(offset + 1);
  if (name === "") return end(cursor);
  cursor.offset += 2;
  if (name === "u") {
    const digits = cursor.match(fourHexDigits);
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
    if (text.length - cursor.offset < 4) return end(cursor);
  }
  const known = escapes.get(name);
  if (known === undefined || name === "'") oddities.add("an escape that JSON does not have");
  return known ?? name;
}

function end(cursor: TextCursor): undefined {
  cursor.offset = cursor.text.length;
}
