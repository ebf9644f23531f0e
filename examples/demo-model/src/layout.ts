import type { Entry } from "./entry.ts";

/** Lays entries out as GNU `ls -l` does: each column as wide as its widest cell. */
export function gnuLines(entries: readonly Entry[]): string[] {
  const width = (cell: (entry: Entry) => string) =>
    Math.max(0, ...entries.map((entry) => [...cell(entry)].length));
  const linksWidth = width((entry) => String(entry.links));
  const ownerWidth = width((entry) => entry.owner);
  const groupWidth = width((entry) => entry.group);
  const majorWidth = width(({ size }) => (typeof size === "number" ? "" : String(size.major)));
  const minorWidth = width(({ size }) => (typeof size === "number" ? "" : String(size.minor)));
  const bytesWidth = width(({ size }) => (typeof size === "number" ? String(size) : ""));
  const sizeWidth = Math.max(bytesWidth, majorWidth === 0 ? 0 : majorWidth + 2 + minorWidth);
  const anyMarked = entries.some((entry) => entry.mark !== "");
  return entries.map((entry) => {
    const { size } = entry;
    const cell =
      typeof size === "number"
        ? String(size)
        : `${String(size.major).padStart(majorWidth)}, ${String(size.minor).padStart(minorWidth)}`;
    return [
      anyMarked ? `${entry.mode}${entry.mark.padEnd(1)}` : entry.mode,
      String(entry.links).padStart(linksWidth),
      padPerson(entry.owner, ownerWidth),
      padPerson(entry.group, groupWidth),
      cell.padStart(sizeWidth),
      entry.date,
      shownName(entry),
    ].join(" ");
  });
}

/** Names are filled up behind, ids before. */
function padPerson(person: string, width: number): string {
  return /^\d+$/.test(person) ? person.padStart(width) : person.padEnd(width);
}

/** Lays entries out as BusyBox does: in columns of fixed width. */
export function busyBoxLines(entries: readonly Entry[]): string[] {
  return entries.map((entry) => {
    const { size } = entry;
    const cell =
      typeof size === "number"
        ? String(size).padStart(9)
        : `${String(size.major).padStart(4)}, ${String(size.minor).padStart(3)}`;
    return [
      entry.mode,
      String(entry.links).padStart(4),
      entry.owner.slice(0, 8).padEnd(8),
      entry.group.slice(0, 8).padEnd(8),
      cell,
      entry.date,
      shownName(entry),
    ].join(" ");
  });
}

function shownName({ name, target }: Entry): string {
  return target === undefined ? name : `${name} -> ${target}`;
}
