import { GIB, MIB } from "../bytes.ts";
import { largestOf } from "../sum-of.ts";

/** Bytes as GiB with one decimal; less than one as MiB. */
export function gib(bytes: number): string {
  return Math.abs(bytes) < GIB ? `${Math.round(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}

/** Millionths of a dollar as dollars: cents, and more digits where they are not zero. */
export function dollars(microDollars: number): string {
  const rounded = Math.round(microDollars);
  const sign = rounded < 0 ? "-" : "";
  const whole = Math.trunc(Math.abs(rounded) / 1e6);
  const fraction = String(Math.abs(rounded) % 1e6).padStart(6, "0");
  return `${sign}$${whole}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`;
}

/** A number with at most three significant digits, large ones whole. */
export function rate(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** Millionths of a dollar that come of a division, as dollars with three significant digits. */
export function roundedDollars(microDollars: number): string {
  return `$${rate(microDollars / 1e6)}`;
}

/** Words joined as people do. */
export function list(words: readonly string[], last = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** Cells that are a number, with its unit or without. */
const NUMBER = /^[-$]?[\d.]+( [GM]iB| ms|\/h)?$|^$/;

/** Columns of equal width; those of numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const columns = head.map((title, column) => {
    const cells = rows.map((row) => String(row[column] ?? ""));
    const width = largestOf([title, ...cells], ({ length }) => length);
    const isRight = cells.length > 0 && cells.every((cell) => NUMBER.test(cell));
    return [title, ...cells].map((cell) => (isRight ? cell.padStart(width) : cell.padEnd(width)));
  });
  return [head, ...rows]
    .map((_, row) =>
      columns
        .map((cells) => cells[row])
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
