import { ALPHANUMERIC, clock, extension, two, word, words } from "./name-parts.ts";
import type { Random } from "./random.ts";
import { KNOWN_NAMES, WORDS } from "./words.ts";

const HEXADECIMAL = "0123456789abcdef";

/** Makers of names as people and programs give them. */
export const PLAIN_NAMES = {
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
  single: (random) => random.pick([...ALPHANUMERIC, "~", "@", "[", "%", "+", "'", "#", "-"]),
} satisfies Record<string, (random: Random) => string>;
