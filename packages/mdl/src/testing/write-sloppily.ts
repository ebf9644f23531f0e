import fc from "fast-check";

const quotes = { '"': '"', "'": "'", "“": "”", "`": "`" } as const;

/** What a model may do to JSON that can be undone without a doubt. */
export interface Sloppiness {
  readonly quote: keyof typeof quotes;
  readonly bareKeys: boolean;
  readonly pythonConstants: boolean;
  readonly rawControls: boolean;
  readonly comma: "," | ",," | "\n" | ", ";
  readonly trailingComma: boolean;
  readonly comment: "" | " /* it's [a] */ " | " // so {far\n" | " # of 'them'\n";
  /** How many closing brackets at the end are left out. */
  readonly missingBrackets: number;
  readonly around: "" | "fence" | "prose" | "reasoning" | "thinking";
}

export const sloppiness: fc.Arbitrary<Sloppiness> = fc.record(
  {
    quote: fc.constantFrom('"', '"', "'", "“", "`"),
    bareKeys: fc.boolean(),
    pythonConstants: fc.boolean(),
    rawControls: fc.boolean(),
    comma: fc.constantFrom(",", ", ", ",,", "\n"),
    trailingComma: fc.boolean(),
    comment: fc.constantFrom("", "", " /* it's [a] */ ", " // so {far\n", " # of 'them'\n"),
    missingBrackets: fc.constantFrom(0, 0, 1, 2),
    around: fc.constantFrom("", "fence", "prose", "reasoning", "thinking"),
  },
  { noNullPrototype: true },
);

/** Writes an object or list as a model may write it. */
export function writeSloppily(value: unknown, style: Sloppiness): string {
  return surround(withoutBrackets(write(value, style), style), style.around);
}

function write(value: unknown, style: Sloppiness): string {
  if (typeof value === "string") return writeText(value, style);
  if (typeof value !== "object" || value === null) return writeConstant(value, style);
  const parts = Array.isArray(value)
    ? value.map((item) => write(item, style))
    : Object.entries(value).map(([key, part]) => `${writeKey(key, style)}: ${write(part, style)}`);
  const { comma, comment, trailingComma } = style;
  const end = parts.length > 0 && trailingComma ? comma.trim() : "";
  const inner = `${comment}${parts.join(`${comma}${comment}`)}${end}${comment}`;
  return Array.isArray(value) ? `[${inner}]` : `{${inner}}`;
}

function writeConstant(value: unknown, { pythonConstants }: Sloppiness): string {
  if (typeof value === "number" || !pythonConstants) return JSON.stringify(value);
  return value === null ? "None" : value ? "True" : "False";
}

function writeKey(key: string, style: Sloppiness): string {
  return style.bareKeys && /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u.test(key) ? key : writeText(key, style);
}

function writeText(text: string, { quote, rawControls }: Sloppiness): string {
  const closing = quotes[quote];
  let inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll(closing, `\\${closing}`);
  if (rawControls)
    inner = inner.replace(/\\\\|\\n|\\t/g, (found) => ({ "\\n": "\n", "\\t": "\t" })[found] ?? found);
  return quote + inner + closing;
}

/** Leaves out closing brackets at the end where nothing else may be missing there. */
function withoutBrackets(text: string, { missingBrackets, around }: Sloppiness): string {
  const closing = /[}\]]+$/.exec(text)?.[0] ?? "";
  const cut = text.slice(0, text.length - Math.min(missingBrackets, closing.length));
  return around === "" && /["'”`}\]]$/.test(cut) ? cut : text;
}

function surround(text: string, around: Sloppiness["around"]): string {
  switch (around) {
    case "fence":
      return `\`\`\`json\n${text}\n\`\`\``;
    case "prose":
      return `Sure, here's the [list] {as asked}:\n\n\`\`\`\n${text}\n\`\`\`\nHope it helps :-}`;
    case "reasoning":
      return `I could say {"no": [1, 2]}, or {"a": ...\n</think>\n${text}`;
    case "thinking":
      return `<think>So [1] or {"a": "b"}?</think>${text}`;
    default:
      return text;
  }
}

/** Texts put in the place of a part of an answer; an empty text at the end cuts it. */
const damages = fc.array(
  fc.record({
    start: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.constantFrom(0, 1, 2), fc.constant(Number.POSITIVE_INFINITY)),
    text: fc.oneof(
      fc.constantFrom(
        "",
        "'",
        '"',
        "{",
        "[",
        "}",
        "]",
        ",",
        ":",
        "\\",
        "\n",
        "//",
        "```",
        "</think>",
        "null",
      ),
      fc.string(),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Damage that may leave nothing to be repaired. */
export const damage: fc.Arbitrary<(text: string) => string> = damages.map((edits) => (text) => {
  let damaged = text;
  for (const { start, length, text: inserted } of edits) {
    const offset = Math.floor(damaged.length * start);
    damaged = damaged.slice(0, offset) + inserted + damaged.slice(offset + length);
  }
  return damaged;
});
