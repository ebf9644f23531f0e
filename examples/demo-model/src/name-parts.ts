import type { Random } from "./random.ts";
import { EXTENSIONS, WORDS } from "./words.ts";

export const LETTERS = "abcdefghijklmnopqrstuvwxyz";
export const ALPHANUMERIC = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;

/** A word in one of the ways that words are written. */
export function word(random: Random): string {
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

export function words(random: Random, separator: string): string {
  const parts = Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => word(random));
  return parts.join(separator);
}

export function extension(random: Random, probability: number): string {
  return random.chance(probability) ? `.${random.pick(EXTENSIONS)}` : "";
}

export function clock(random: Random, separator: string = random.pick([":", "-", ".", ""])): string {
  return [random.int(0, 23), random.int(0, 59), random.int(0, 59)].map(two).join(separator);
}

export function two(number: number): string {
  return String(number).padStart(2, "0");
}
