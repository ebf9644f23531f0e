import { execFileSync } from "node:child_process";
import {
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLAIN_LISTINGS } from "@conduit-examples/shell-to-files/plain-listings";
import { type DateStyle, shownDate } from "./dates.ts";
import type { Example } from "./example.ts";
import { nameOf, seriesOf } from "./names.ts";
import { Random } from "./random.ts";

/** Names that trip up what reads listings; each stands in some of the folders. */
const HELD_OUT_NAMES: readonly string[] = [
  " leading space",
  "trailing space ",
  "  two  spaces  within ",
  "-rf",
  "--help",
  "~",
  "*",
  "?[a-z]*",
  "$HOME",
  "`id`",
  "semi;colon&ampersand|pipe",
  'double"quote',
  "single'quote",
  '"quoted whole"',
  "back\\slash",
  "\\n is no newline",
  "tab\there",
  "escape\u001b[31mred",
  "arrow -> nowhere",
  "total 42",
  "drwxr-xr-x 2 root root 4096 Nov 26 20:07 folder",
  "Nov 26 20:07 date.txt",
  '{"name":"json","bytes":1}',
  '"},{"name":"injected',
  "]}",
  "größe äöü ß.txt",
  "日本語のファイル.txt",
  "файл с пробелами",
  "emoji 🎉🚀.md",
  "combining e\u0301.txt",
  "...",
  "..hidden",
  ".gitignore~",
  "#autosave#",
  "a",
  "0",
  "00000000",
  "1234567890",
  "UPPER lower MiXeD.TXT",
  "archive.tar.gz.part01",
  "report (final) (2) - copy.pdf",
  "x".repeat(40),
  "comma,separated,values.csv",
  "key=value:other@host%20x",
  "2026-11-26T20:07:00Z.log",
];

/** One way to call the real `ls` on a folder. */
const COMMANDS: readonly (readonly string[])[] = [
  ["-al"],
  ["-al"],
  ["-l"],
  ["-lA"],
  ["-alt"],
  ["-alS"],
  ["-aln"],
  ["-alU"],
  ["-al", "--time-style=long-iso"],
  ["-alr"],
];

/**
 * Makes a folder of `count` entries, has the real `ls` list it, and reads from the file system what is right.
 *
 * The names and sizes are new ones, and nasty in part; dates are recent and old. Nothing of the folder is left. Needs GNU's `ls`.
 */
export async function realExample(seed: number, count: number): Promise<Example> {
  const random = new Random(seed);
  const parent = mkdtempSync(join(tmpdir(), "conduit-listing-"));
  const folder = join(parent, "folder");
  mkdirSync(folder);
  try {
    const flags = random.pick(COMMANDS);
    const withDots = flags.some((flag) => /^-al/.test(flag));
    const release = await fill(random, folder, Math.max(0, count - (withDots ? 2 : 0)));
    try {
      for (const path of [folder, parent]) age(random, path);
      return listed(folder, flags);
    } finally {
      await release();
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

async function fill(random: Random, folder: string, count: number): Promise<() => Promise<void>> {
  const series = random.chance(0.3) ? seriesOf(random) : undefined;
  const newName = () => (series && random.chance(0.5) ? series() : nameOf(random));
  const names = new Set<string>();
  while (names.size < count) {
    names.add(random.chance(0.3) ? random.pick(HELD_OUT_NAMES) : newName());
  }
  const sockets: (() => Promise<void>)[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const drawn = random.weighted({ file: 12, folder: 4, link: 3, hardLink: 1, socket: 0.5, pipe: 0.5 });
    // Where a link's own name has an arrow, nobody can tell where the name ends.
    const kind = drawn === "link" && name.includes(" -> ") ? "file" : drawn;
    if (kind === "link") symlinkSync(random.pick(["/etc/passwd", "../over there", nameOf(random)]), path);
    else if (kind === "folder") mkdirSync(path, { mode: random.pick([0o755, 0o700, 0o1777]) });
    else if (kind === "pipe") execFileSync("mkfifo", ["--", path]);
    else if (kind === "socket" && Buffer.byteLength(path) < 100) sockets.push(await listenOn(path));
    else if (kind === "hardLink") {
      writeFileSync(`${path}.other`, "linked");
      linkSync(`${path}.other`, path);
      rmSync(`${path}.other`);
    } else {
      writeFileSync(path, "", { mode: random.pick([0o644, 0o755, 0o600]) });
      // Sparse: a file of terabytes takes no room.
      truncateSync(
        path,
        random.chance(0.2)
          ? 0
          : random.magnitude(1, random.pick([999, 99_999, 5_000_000_000, 2_000_000_000_000])),
      );
    }
    // Only root may give files away.
    if (process.getuid?.() === 0 && random.chance(0.2)) {
      lchownSync(path, random.pick([0, 1, 33, 12_345]), random.pick([0, 5, 7, 65_534]));
    }
    if (kind !== "link") age(random, path);
  }
  return async () => {
    for (const close of sockets) await close();
  };
}

function age(random: Random, path: string): void {
  const seconds = Math.floor(Date.now() / 1000) - random.magnitude(1, 500_000_000);
  utimesSync(path, seconds, seconds);
}

function listenOn(path: string): Promise<() => Promise<void>> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve(() => new Promise<void>((closed) => server.close(() => closed()))));
  });
}

/** What `ls` prints, and what is right by the file system itself. */
function listed(folder: string, flags: readonly string[]): Example {
  const env = { ...process.env, ...PLAIN_LISTINGS, TZ: "UTC" };
  const run = (args: readonly string[]) => execFileSync("ls", [...args, folder], { encoding: "utf8", env });
  const style: DateStyle = flags.includes("--time-style=long-iso") ? "long-iso" : "usual";
  // The same order without the columns.
  const names = run(
    [
      "-1",
      ...flags.filter((flag) => !flag.startsWith("--")).map((flag) => flag.replaceAll(/[ln]/g, "")),
    ].filter((flag) => flag !== "-"),
  );
  const listing = run(flags);
  // Not before: a file that was made just now is no file of the future.
  const now = new Date();
  const files = names
    .split("\n")
    .filter((name) => name !== "")
    .map((name) => {
      const { size, mtime } = lstatSync(join(folder, name));
      return { name, bytes: size, dateModified: shownDate(mtime, now, style) };
    });
  return { listing, answer: { files } };
}
