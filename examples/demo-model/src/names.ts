import { MONTHS } from "./dates.ts";
import type { Random } from "./random.ts";
import { EXTENSIONS, GROUPS, KNOWN_NAMES, USERS, WORDS, WORLD_WORDS } from "./words.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const HEXADECIMAL = "0123456789abcdef";
/** What a name may hold beside letters and digits. A slash it may not, and a newline is left out on purpose. */
const PUNCTUATION = "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~ ";
const CONTROL = ["\t", "\u001b", "\u0007", "\b", "\r", "\f", "\u007f", "\u0001"];

/** How often a folder has a name of which kind. */
export type Naming = Partial<Record<keyof typeof MIXED, number>>;

/** A folder in which anything may lie. */
const MIXED = {
  words: 36,
  known: 20,
  dated: 4,
  versioned: 4,
  hidden: 6,
  random: 6,
  hash: 2,
  uuid: 1,
  numbered: 6,
  camera: 2,
  sentence: 5,
  world: 5,
  punctuated: 6,
  escaped: 4,
  likeAListing: 4,
  repeated: 3,
  single: 3,
  control: 1,
  edges: 4,
  unicode: 4,
  combining: 1.5,
  shell: 3,
  leftover: 3,
};

/** A folder that somebody keeps in order, such as that of a project. */
const TIDY: Naming = { words: 36, known: 40, dated: 4, versioned: 4, hidden: 8, numbered: 4 };

/** How a folder's names are. */
export function namingOf(random: Random): Naming {
  return random.chance(0.35) ? TIDY : MIXED;
}

/** A name such as files have, plain or nasty. */
export function nameOf(random: Random, naming: Naming = MIXED): string {
  const isComposite = naming === MIXED && random.chance(0.03);
  const name = isComposite ? composite(random) : MAKERS[random.weighted(naming)](random);
  // A name of a file has at most 255 bytes; the model has seen no longer ones than these.
  const short = [...name].slice(0, 60).join("");
  return short === "." || short === ".." || short.length === 0 ? "x" : short;
}

/** Names of files that differ in little, such as `page-001.png`, `page-002.png`, ... */
export function seriesOf(random: Random): () => string {
  const beginning = random.chance(0.3)
    ? [...composite(random)].slice(0, 24).join("").trim()
    : words(random, random.pick(["-", "_", " "]));
  const middle = random.pick(["", "-", "_", ".", " ", "("]);
  const end = (middle === "(" ? ")" : "") + extension(random, 0.8);
  const width = random.int(1, 4);
  let number = random.int(0, random.pick([1, 99, 5000]));
  const step = random.chance(0.7) ? 1 : random.int(1, 97);
  return () => {
    number += step;
    return `${beginning}${middle}${String(number).padStart(width, "0")}${end}`;
  };
}

const MAKERS: Record<keyof typeof MIXED, (random: Random) => string> = {
  words: (random) => words(random, random.pick(["-", "_", "", ".", "-", "_", " "])) + extension(random, 0.75),
  known: (random) => random.pick(KNOWN_NAMES),
  dated: (random) => {
    const separator = random.pick(["-", "", "_", "."]);
    const day = [random.int(1990, 2031), two(random.int(1, 12)), two(random.int(1, 28))].join(separator);
    const time = random.chance(0.3) ? `${random.pick(["T", "_", "-", " "])}${clock(random)}` : "";
    const word = random.pick(WORDS);
    if (separator === "-" && random.chance(0.2))
      return `${day}T${clock(random, ":")}Z${extension(random, 0.7)}`;
    return (random.chance(0.5) ? `${day}${time}-${word}` : `${word}_${day}${time}`) + extension(random, 0.8);
  },
  versioned: (random) => {
    const version = Array.from({ length: random.int(2, 4) }, () => random.int(0, random.pick([9, 30]))).join(
      ".",
    );
    const platform = random.chance(0.4)
      ? random.pick(["-linux-x64", "_amd64", ".el9.x86_64", "-arm64", "-rc.1"])
      : "";
    return `${words(random, "-")}-${random.chance(0.3) ? "v" : ""}${version}${platform}${extension(random, 0.7)}`;
  },
  hidden: (random) => `.${words(random, random.pick(["_", "-", ""]))}${extension(random, 0.2)}`,
  random: (random) =>
    random.text(random.magnitude(2, 20), () => random.pick([...ALPHANUMERIC])) + extension(random, 0.4),
  hash: (random) =>
    random.text(random.pick([7, 7, 8, 12, 16, 32]), () => random.pick([...HEXADECIMAL])) +
    extension(random, 0.3),
  uuid: (random) =>
    [8, 4, 4, 4, 12].map((n) => random.text(n, () => random.pick([...HEXADECIMAL]))).join("-"),
  numbered: (random) => {
    const number = String(random.magnitude(1, random.pick([9, 99, 9999, 99_999_999])));
    const padded = random.chance(0.3) ? number.padStart(random.int(2, 6), "0") : number;
    return random.pick([
      () => padded,
      () => `${random.pick(WORDS)}${padded}${extension(random, 0.7)}`,
      () => `${random.pick(WORDS)} (${number})${extension(random, 0.8)}`,
      () => `${padded}_${random.pick(WORDS)}${extension(random, 0.7)}`,
      () => `${random.pick(WORDS)}.${padded}`,
      () => random.text(random.int(3, 14), () => String(random.int(0, 9))) + extension(random, 0.3),
    ])();
  },
  camera: (random) =>
    random.pick([
      () => `IMG_${random.int(1000, 9999)}.${random.pick(["JPG", "HEIC", "jpg", "CR2", "MOV"])}`,
      () => `DSC${String(random.int(0, 99_999)).padStart(5, "0")}.${random.pick(["JPG", "ARW"])}`,
      () =>
        `Screenshot from 20${random.int(15, 30)}-${two(random.int(1, 12))}-${two(random.int(1, 28))} ${clock(random)}.png`,
      () =>
        `VID_20${random.int(15, 30)}${two(random.int(1, 12))}${two(random.int(1, 28))}_${random.int(100_000, 235_959)}.mp4`,
      () =>
        `WhatsApp Image 20${random.int(15, 30)}-${two(random.int(1, 12))}-${two(random.int(1, 28))} at ${clock(random)}.jpeg`,
    ])(),
  sentence: (random) => {
    const length = random.int(2, 6);
    const parts = Array.from({ length }, () => word(random));
    return parts.join(random.chance(0.12) ? "  " : " ") + extension(random, 0.6);
  },
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
  single: (random) => random.pick([...ALPHANUMERIC, "~", "@", "[", "%", "+", "'", "#", "-"]),
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
};

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

function composite(random: Random): string {
  const part = () => MAKERS[random.weighted(MIXED)](random);
  return `${part()}${random.pick(["-", " ", "_", "."])}${part()}`;
}

/** A word in one of the ways that words are written. */
function word(random: Random): string {
  const plain = random.pick(WORDS);
  switch (random.weighted({ plain: 70, capital: 16, upper: 7, random: 7 })) {
    case "plain":
      return plain;
    case "capital":
      return `${plain.slice(0, 1).toUpperCase()}${plain.slice(1)}`;
    case "upper":
      return plain.toUpperCase();
    case "random":
      return random.text(random.int(1, 8), () => random.pick([...LETTERS]));
  }
}

function words(random: Random, separator: string): string {
  const parts = Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => word(random));
  return parts.join(separator);
}

function extension(random: Random, probability: number): string {
  return random.chance(probability) ? `.${random.pick(EXTENSIONS)}` : "";
}

function clock(random: Random, separator: string = random.pick([":", "-", ".", ""])): string {
  return [random.int(0, 23), random.int(0, 59), random.int(0, 59)].map(two).join(separator);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
