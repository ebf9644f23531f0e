import { MONTHS } from "./dates.ts";
import { ALPHANUMERIC, clock, extension, LETTERS, two, word, words } from "./name-parts.ts";
import type { Random } from "./random.ts";
import { GROUPS, USERS, WORDS, WORLD_WORDS } from "./words.ts";

/** What a name may hold beside letters and digits. A slash it may not, and a newline is left out on purpose. */
const PUNCTUATION = "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~ ";
const CONTROL = ["\t", "\u001b", "\u0007", "\b", "\r", "\f", "\u007f", "\u0001"];

/** First and last character of ranges of Unicode: letters of many scripts, pictures and signs. */
const SCRIPTS: readonly (readonly [number, number])[] = [
  [0xc0, 0xff],
  [0x100, 0x17f],
  [0x391, 0x3c9],
  [0x410, 0x44f],
  [0x5d0, 0x5ea],
  [0x627, 0x64a],
  [0x905, 0x939],
  [0xe01, 0xe2e],
  [0x2010, 0x2027],
  [0x2190, 0x21ff],
  [0x2700, 0x27bf],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0x1f300, 0x1f5ff],
  [0x1f600, 0x1f64f],
];

/** Makers of names that trip up what reads listings. */
export const NASTY_NAMES = {
  world: (random) => {
    const length = random.int(1, 3);
    const parts = Array.from({ length }, () => random.pick(random.chance(0.75) ? WORLD_WORDS : WORDS));
    return parts.join(random.pick(["-", " ", "_", ""])) + extension(random, 0.6);
  },
  punctuated: (random) => {
    const piece = () =>
      random.pick([
        () => random.pick([...PUNCTUATION]),
        () => word(random),
        () => String(random.int(0, 99)),
      ])();
    return random.text(random.int(2, 7), piece) + extension(random, 0.3);
  },
  escaped: (random) =>
    random.pick([
      () => `"${words(random, " ")}"${extension(random, 0.5)}`,
      () => `${word(random)}\\${word(random)}${extension(random, 0.5)}`,
      () => `${word(random)}\\n${word(random)}`,
      () => `${word(random)} "${word(random)}" ${word(random)}${extension(random, 0.5)}`,
      () => `it's ${word(random)}${extension(random, 0.5)}`,
      () => `\\${word(random)}\\`,
      () => random.text(random.int(1, 4), () => random.pick(["\\", '"', "'", "\\\\", word(random)])),
    ])(),
  likeAListing: (random) =>
    random.pick([
      () => `${word(random)} -> ${word(random)}`,
      () => lineOf(random),
      () => lineOf(random),
      () => `total ${random.int(0, 999)}`,
      () => `${dateOf(random)} ${word(random)}${extension(random, 0.5)}`,
      () => `${random.int(0, 99_999)} ${dateOf(random)} ${word(random)}${extension(random, 0.5)}`,
      () => `${random.pick(USERS)} ${random.pick(GROUPS)} ${random.int(0, 99_999)}`,
      () => `{"name":"${word(random)}","bytes":${random.int(0, 99)}}`,
      () => `${word(random)}"},{"name":"${word(random)}`,
      () => random.pick(["]}", '"}]}', "[{", '{"files":[', `","bytes":${random.int(0, 99)}`]),
    ])(),
  repeated: (random) =>
    random
      .pick([...ALPHANUMERIC, "-", "_", " ", "ab", "=", "~", "0", "."])
      .repeat(random.chance(0.3) ? random.int(15, 48) : random.int(2, 14))
      .trim() || "-",
  control: (random) => `${word(random)}${random.pick(CONTROL)}${word(random)}`,
  edges: (random) => {
    const before = random.pick(["", " ", "  ", "   ", "-", "--", "~", "#", "."]);
    const behind = random.pick(["", " ", "  ", "~", "#", ".", ",", "{", "}", "]", ":", '"']);
    const middle = random.chance(0.2)
      ? String(random.int(0, 99))
      : words(random, random.pick([" ", "  ", "-"]));
    return `${before}${middle}${extension(random, 0.3)}${behind}`;
  },
  unicode: (random) => {
    const [first, last] = random.pick(SCRIPTS);
    const piece = () => random.text(random.int(1, 6), () => String.fromCodePoint(random.int(first, last)));
    const parts = Array.from({ length: random.pick([1, 1, 2]) }, piece);
    if (random.chance(0.3)) parts.push(word(random));
    return parts.join(random.pick([" ", "-", "_", ""])) + extension(random, 0.5);
  },
  combining: (random) => {
    if (random.chance(0.5)) return random.pick(WORLD_WORDS).normalize("NFD") + extension(random, 0.5);
    const accented = [...word(random)].map((letter) =>
      random.chance(0.3) ? `${letter}${String.fromCodePoint(random.int(0x300, 0x36f))}` : letter,
    );
    return accented.join("") + extension(random, 0.5);
  },
  shell: (random) =>
    random.pick([
      () => `$${word(random).toUpperCase()}`,
      () => `\`${word(random)}\``,
      () => `$(${word(random)})`,
      () => `*${extension(random, 0.6)}`,
      () => `?[${random.pick(["a-z", "0-9", "!a"])}]*`,
      () => words(random, random.pick([";", "&", "|", " && ", " > ", ","])) + extension(random, 0.3),
      () => `-${random.text(random.int(1, 3), () => random.pick([...LETTERS]))}`,
      () => `--${words(random, "-")}${random.chance(0.3) ? `=${random.int(0, 99)}` : ""}`,
      () => `${word(random)}=${word(random)}:${word(random)}@${word(random)}%20${extension(random, 0.3)}`,
    ])(),
  leftover: (random) =>
    random.pick([
      () => `#${words(random, "-")}${extension(random, 0.6)}#`,
      () => `${words(random, "-")}${extension(random, 0.8)}~`,
      () => `.${words(random, "-")}${extension(random, 0.8)}.swp`,
      () => `.#${words(random, "-")}${extension(random, 0.5)}`,
      () => `${".".repeat(random.int(2, 6))}${random.chance(0.6) ? words(random, "-") : "."}`,
      () => `${words(random, "-")} - Copy (${random.int(2, 9)})${extension(random, 0.8)}`,
      () => `${words(random, "-")}.part${two(random.int(1, 20))}`,
    ])(),
} satisfies Record<string, (random: Random) => string>;

/** What might be a line of a listing, or the beginning of one. */
function lineOf(random: Random): string {
  const mode = random.pick([
    "-rw-r--r--",
    "drwxr-xr-x",
    "drwx------",
    "lrwxrwxrwx",
    "-rwxr-xr-x",
    "brw-rw----",
  ]);
  const size = random.pick([4096, 0, random.int(0, 9999), random.int(0, 99_999_999)]);
  const begun = `${mode} ${random.int(1, 20)} ${random.pick(USERS)} ${random.pick(GROUPS)} ${size}`;
  return random.chance(0.6) ? `${begun} ${dateOf(random)} ${word(random)}` : `${begun} ${word(random)}`;
}

function dateOf(random: Random): string {
  const timeOrYear = random.chance(0.6) ? clock(random, ":").slice(0, 5) : ` ${random.int(1990, 2031)}`;
  return `${random.pick(MONTHS)} ${String(random.int(1, 31)).padStart(2)} ${timeOrYear}`;
}
