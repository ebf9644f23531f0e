import { nameOf } from "./names.ts";
import type { Random } from "./random.ts";
import { DEVICES, GROUPS, USERS } from "./words.ts";

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
  /** Has an access control list or a security context. */
  readonly marked: boolean;
}

/** What the entries of one folder have in common. */
export interface Surroundings {
  readonly owners: readonly string[];
  readonly groups: readonly string[];
  readonly kinds: Readonly<Record<Kind, number>>;
  /** How likely a mark behind the permissions is. */
  readonly marked: number;
  readonly date: () => string;
  readonly largest: number;
}

const KINDS = { file: 0, folder: 0, link: 0, character: 0, block: 0, socket: 0, pipe: 0 };
type Kind = keyof typeof KINDS;

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
export function surroundingsOf(random: Random): Surroundings {
  const numeric = random.chance(0.1);
  const people = (names: readonly string[]) =>
    Array.from({ length: random.int(1, 4) }, () => (numeric ? String(personId(random)) : random.pick(names)));
  return {
    owners: people(USERS),
    groups: people(GROUPS),
    kinds: kindsOf(random),
    marked: random.chance(0.12) ? random.pick([0.1, 0.5, 1]) : 0,
    date: dates(random),
    largest: random.pick([9999, 999_999, 99_999_999, 9_999_999_999, 20_000_000_000_000]),
  };
}

function kindsOf(random: Random): Record<Kind, number> {
  const special = random.chance(0.12);
  return {
    ...KINDS,
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
  const name = isDevice && random.chance(0.8) ? random.pick(DEVICES) : nameOf(random);
  const shared = {
    mode: `${TYPES[kind]}${permissionsOf(random, kind)}`,
    links: kind === "folder" ? random.magnitude(1, 60) : random.chance(0.94) ? 1 : random.magnitude(2, 9999),
    owner: random.pick(around.owners),
    group: random.pick(around.groups),
    date: around.date(),
    marked: random.chance(around.marked),
  };
  if (isDevice) {
    const size = { major: random.magnitude(1, 511), minor: random.int(0, random.pick([9, 255, 99_999])) };
    return { ...shared, name, size };
  }
  if (kind !== "link") return { ...shared, name, size: sizeOf(random, kind, around.largest) };
  const target = targetOf(random);
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
    marked: random.chance(around.marked),
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

function targetOf(random: Random): string {
  const parts = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => nameOf(random));
  return random.pick(["", "/", "../", "../../", "/usr/", "./"]) + parts.join("/");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Makes dates in the style of one listing. */
function dates(random: Random): () => string {
  const style = random.weighted({ usual: 86, longIso: 8, dayFirst: 4, fullIso: 2 });
  const recent = random.pick([0.2, 0.5, 0.9, 1]);
  // Most files of a folder come on a few days.
  const days = Array.from(
    { length: random.int(1, 8) },
    () => [random.int(0, 11), random.int(1, 31)] as const,
  );
  const times = random.chance(0.4) ? [clock(random), clock(random)] : [];
  return () => {
    const [month, day] = random.chance(0.7) ? random.pick(days) : [random.int(0, 11), random.int(1, 31)];
    const time = times.length > 0 && random.chance(0.7) ? random.pick(times) : clock(random);
    const year = random.chance(0.9) ? random.int(2008, 2031) : random.int(1970, 2106);
    const name = MONTHS[month] as string;
    const timeOrYear = random.chance(recent) ? time : ` ${year}`;
    switch (style) {
      case "usual":
        return `${name} ${String(day).padStart(2)} ${timeOrYear}`;
      case "dayFirst":
        return `${String(day).padStart(2)} ${name} ${timeOrYear}`;
      case "longIso":
        return `${year}-${two(month + 1)}-${two(day)} ${time}`;
      case "fullIso": {
        const fraction = String(random.int(0, 999_999_999)).padStart(9, "0");
        const zone = random.pick(["+0000", "+0000", "+0100", "-0700", "+0530"]);
        return `${year}-${two(month + 1)}-${two(day)} ${time}:${two(random.int(0, 59))}.${fraction} ${zone}`;
      }
    }
  };
}

function clock(random: Random): string {
  return `${two(random.int(0, 23))}:${two(random.int(0, 59))}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
