import type { Dialect } from "./dialect.ts";
import { datesOf } from "./entry-dates.ts";
import { nameOf, namingOf } from "./names.ts";
import type { Random } from "./random.ts";
import { DEVICES, GROUPS, USERS } from "./words.ts";

type Mark = "" | "+" | ".";

/** One line of a listing, before it is laid out. */
export interface Entry {
  /** Ten characters: the type, and the permissions of owner, group and others. */
  readonly mode: string;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
  /** In bytes; or the numbers of a device. */
  readonly size: number | { readonly major: number; readonly minor: number };
  /** As listed. */
  readonly date: string;
  readonly name: string;
  /** Where a link leads. */
  readonly target?: string;
  /** Behind the permissions: that there is an access control list, or a security context. */
  readonly mark: Mark;
}

/** What the entries of one folder have in common. */
export interface Surroundings {
  readonly owners: readonly string[];
  readonly groups: readonly string[];
  readonly kinds: Readonly<Record<Kind, number>>;
  readonly marks: readonly Mark[];
  readonly date: () => string;
  readonly name: () => string;
  readonly largest: number;
}

/** Weights under which there is nothing. */
export const NO_KINDS = { file: 0, folder: 0, link: 0, character: 0, block: 0, socket: 0, pipe: 0 };
type Kind = keyof typeof NO_KINDS;

/** What marks the entries of a folder have: a security context is on all of them, a list on few. */
const MARKS: readonly (readonly Mark[])[] = [
  ["."],
  ["."],
  [".", ".", ".", ".", "+"],
  ["", "", "", "", "+"],
  ["", "+"],
];

const TYPES: Record<Kind, string> = {
  file: "-",
  folder: "d",
  link: "l",
  character: "c",
  block: "b",
  socket: "s",
  pipe: "p",
};

/** Who owns what, what there is, and how dates are written, in one folder. */
export function surroundingsOf(random: Random, dialect: Dialect): Surroundings {
  // Ids instead of names: all of them with `-n`, some where an account is gone or of another machine.
  const numeric = random.pick([0, 0, 0, 0, 0, 0, 0, 0.3, 1]);
  const people = (names: readonly string[]) =>
    Array.from({ length: random.int(1, 4) }, () =>
      random.chance(numeric) ? String(personId(random)) : random.pick(names),
    );
  const naming = namingOf(random);
  return {
    name: () => nameOf(random, naming),
    owners: people(USERS),
    groups: people(GROUPS),
    kinds: kindsOf(random),
    marks: dialect === "gnu" && random.chance(0.2) ? random.pick(MARKS) : [""],
    date: datesOf(random, dialect),
    largest: random.pick([9999, 999_999, 99_999_999, 9_999_999_999, 20_000_000_000_000]),
  };
}

function kindsOf(random: Random): Record<Kind, number> {
  const special = random.chance(0.12);
  return {
    ...NO_KINDS,
    file: 10,
    folder: random.int(0, 8),
    link: random.chance(0.5) ? random.int(0, 4) : 0,
    socket: special ? 1 : 0.05,
    pipe: special ? 1 : 0.05,
    character: random.chance(0.12) ? random.int(2, 20) : 0.05,
    block: special ? random.int(1, 6) : 0.05,
  };
}

function personId(random: Random): number {
  return random.pick([
    0,
    1000,
    1000,
    1001,
    33,
    65_534,
    999,
    random.int(1, 70_000),
    random.int(100_000, 1_999_999_999),
  ]);
}

/** An entry such as these surroundings have. */
export function entryOf(random: Random, around: Surroundings): Entry {
  const kind = random.weighted(around.kinds);
  const isDevice = kind === "character" || kind === "block";
  const name = isDevice && random.chance(0.8) ? random.pick(DEVICES) : around.name();
  const shared = {
    mode: `${TYPES[kind]}${permissionsOf(random, kind)}`,
    links: kind === "folder" ? random.magnitude(1, 60) : random.chance(0.94) ? 1 : random.magnitude(2, 9999),
    owner: random.pick(around.owners),
    group: random.pick(around.groups),
    date: around.date(),
    mark: random.pick(around.marks),
  };
  if (isDevice) {
    const size = { major: random.magnitude(1, 511), minor: random.int(0, random.pick([9, 255, 99_999])) };
    return { ...shared, name, size };
  }
  if (kind !== "link") return { ...shared, name, size: sizeOf(random, kind, around.largest) };
  const target = targetOf(random, around);
  // Where a link's own name has an arrow, nobody can tell where the name ends.
  const unambiguous = name.replaceAll(" -> ", "-");
  return { ...shared, name: unambiguous, target, size: Buffer.byteLength(target) };
}

/** The entry of a folder itself, or of the one above it. */
export function dotEntry(random: Random, around: Surroundings, name: "." | ".."): Entry {
  return {
    mode: `d${permissionsOf(random, "folder")}`,
    links: random.magnitude(1, 99),
    owner: random.pick(around.owners),
    group: random.pick(around.groups),
    size: sizeOf(random, "folder", around.largest),
    date: around.date(),
    name,
    mark: random.pick(around.marks),
  };
}

function sizeOf(random: Random, kind: Kind, largest: number): number {
  if (kind === "socket" || kind === "pipe") return 0;
  if (kind === "folder")
    return random.chance(0.75)
      ? 4096
      : random.pick([0, 6, 40, 60, 12_288, 68, random.magnitude(1, 1_000_000)]);
  if (random.chance(0.05)) return 0;
  if (random.chance(0.1)) return random.int(1, 99);
  return random.magnitude(1, largest);
}

function permissionsOf(random: Random, kind: Kind): string {
  if (kind === "link") return "rwxrwxrwx";
  const usual =
    kind === "folder"
      ? ["rwxr-xr-x", "rwxr-xr-x", "rwxrwxr-x", "rwx------"]
      : ["rw-r--r--", "rw-r--r--", "rw-rw-r--", "rwxr-xr-x", "rw-------"];
  if (random.chance(0.8)) return random.pick(usual);
  if (random.chance(0.3))
    return random.pick(["rwxrwxrwt", "rwsr-xr-x", "rwxr-sr-x", "rwxrwsr-x", "rwxrwx--T", "rwSr--r--"]);
  return random.text(3, () => random.pick(["rwx", "r-x", "r--", "rw-", "---", "--x", "-wx", "-w-"]));
}

function targetOf(random: Random, around: Surroundings): string {
  const parts = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, around.name);
  return random.pick(["", "/", "../", "../../", "/usr/", "./"]) + parts.join("/");
}
