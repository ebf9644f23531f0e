import type { Files } from "@conduit-examples/shell-to-files/files";
import type { Dialect } from "./dialect.ts";
import { dotEntry, type Entry, entryOf, surroundingsOf } from "./entry.ts";
import { busyBoxLines, gnuLines } from "./layout.ts";
import { seriesOf } from "./names.ts";
import type { Random } from "./random.ts";

/** A listing, and the object that it is. */
export interface Example {
  readonly listing: string;
  readonly answer: Files;
}

/** What BusyBox shows as question marks. */
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** Makes a listing of `count` entries as `ls` prints it. */
export function exampleOf(random: Random, count: number): Example {
  const dialect = random.weighted<Dialect>({ gnu: 4, busybox: 1 });
  const around = surroundingsOf(random, dialect);
  const withDots = count >= 2 && random.chance(0.85);
  const dots = withDots ? [dotEntry(random, around, "."), dotEntry(random, around, "..")] : [];
  const series = random.chance(0.2) ? seriesOf(random) : undefined;
  const names = new Set<string>();
  const others: Entry[] = [];
  for (let tries = 0; others.length < count - dots.length; tries++) {
    const plain = entryOf(random, around);
    const isFile = plain.mode.startsWith("-");
    const entry = isFile && series && random.chance(0.7) ? { ...plain, name: series() } : plain;
    const shown = dialect === "busybox" ? entry.name.replaceAll(CONTROL_CHARACTERS, "?") : entry.name;
    // A folder has each name once.
    const name = names.has(shown) ? `${shown}${tries}` : shown;
    names.add(name);
    others.push({ ...entry, name });
  }
  const entries = inOrder(random, dots, others);
  const lines = dialect === "busybox" ? busyBoxLines(entries) : gnuLines(entries);
  // A listing of files instead of a folder, such as `ls -l *`, has no total.
  if (!random.chance(0.06)) lines.unshift(`total ${totalOf(random, entries)}`);
  const end = lines.length > 0 && random.chance(0.9) ? "\n" : "";
  return toExample(entries, lines, end);
}

/** The listing of these lines, and what is right for it. */
export function toExample(entries: readonly Entry[], lines: readonly string[], end: string): Example {
  return { listing: lines.join("\n") + end, answer: { files: entries.map(toFile) } };
}

function inOrder(random: Random, dots: readonly Entry[], others: readonly Entry[]): readonly Entry[] {
  switch (random.weighted({ byLetters: 4, byBytes: 4, any: 2 })) {
    case "byLetters":
      return [...dots, ...others.toSorted((a, b) => compare(letters(a.name), letters(b.name)))];
    case "byBytes":
      return [...dots, ...others].toSorted((a, b) => compare(a.name, b.name));
    case "any":
      return random.shuffled([...dots, ...others]);
  }
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function totalOf(random: Random, entries: readonly Entry[]): number {
  if (entries.length > 0 && random.chance(0.1)) return random.magnitude(1, 99_999_999);
  const blocks = entries.map(({ size }) => (typeof size === "number" ? Math.ceil(size / 4096) * 4 : 0));
  return blocks.reduce((sum, count) => sum + count, 0);
}

function toFile({ name, size, date }: Entry): Files["files"][number] {
  return { name, bytes: typeof size === "number" ? size : 0, dateModified: date };
}
