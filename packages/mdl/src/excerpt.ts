const maxLength = 100;

/** A value as messages show it: its JSON, shortened; `nothing` where there is none. */
export function excerpt(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return shorten(JSON.stringify(value));
  } catch {
    // JSON.stringify runs out of stack on nesting that JSON.parse still reads.
    return "a value nested too deeply";
  }
}

/** The start of a text that is too long for a message. */
export function shorten(text: string): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}
