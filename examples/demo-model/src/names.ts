import { extension, words } from "./name-parts.ts";
import { NASTY_NAMES } from "./nasty-names.ts";
import { PLAIN_NAMES } from "./plain-names.ts";
import type { Random } from "./random.ts";

const MAKERS = { ...PLAIN_NAMES, ...NASTY_NAMES };

/** How often a folder has a name of which kind. */
export type Naming = Partial<Record<keyof typeof MAKERS, number>>;

/** A folder in which anything may lie. */
const MIXED: Naming = {
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

function composite(random: Random): string {
  const part = () => MAKERS[random.weighted(MIXED)](random);
  return `${part()}${random.pick(["-", " ", "_", "."])}${part()}`;
}
