/** Something that must not be found, by its name in findings. */
export interface Secret {
  readonly name: string;
  /** What gives it away: bytes of it, as they are and as they may be written. */
  readonly signs: readonly Buffer[];
}

/** Bytes that are enough to know a secret by, so that one that was cut, or broken over lines, is found too. */
const WINDOW_BYTES = 12;

/** A secret that is text. What JSON, URLs and shells escape in it separates parts that each give it away. */
export function textSecret(name: string, text: string): Secret {
  const parts = text.match(/[\w-]+/g) ?? [];
  return { name, signs: parts.flatMap((part) => signsOf(Buffer.from(part))) };
}

/** A secret that is random bytes, known as base64. */
export function keySecret(name: string, base64: string): Secret {
  const bytes = Buffer.from(base64, "base64");
  return { name, signs: [...textSecret(name, base64).signs, ...signsOf(bytes)] };
}

/** The ends of some bytes, in all forms. */
function signsOf(bytes: Buffer): Buffer[] {
  if (bytes.length < WINDOW_BYTES) return [];
  return [bytes.subarray(0, WINDOW_BYTES), bytes.subarray(-WINDOW_BYTES)].flatMap((window) => [
    window,
    ...formsOf(window).map((form) => Buffer.from(form)),
  ]);
}

function formsOf(window: Buffer): readonly string[] {
  const hex = window.toString("hex");
  const pairs = hex.match(/../g) ?? [];
  const escaped = (prefix: string) => pairs.map((pair) => `${prefix}${pair}`).join("");
  const written = [hex, pairs.join(" "), escaped("%"), escaped("\\u00"), escaped("\\x")];
  return [
    ...written.flatMap((form) => [
      form,
      form.toUpperCase(),
      form.replace(/[a-f]/g, (digit) => digit.toUpperCase()),
    ]),
    [...window].join(","),
    ...[0, 1, 2].flatMap((shift) => base64Of(window, shift)),
  ];
}

/** What base64 makes of bytes that `shift` others precede, without the characters that neighbours have a part in. */
function base64Of(bytes: Buffer, shift: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString("base64");
  const own = whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
}
