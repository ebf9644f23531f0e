import { lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DEMO_MODEL } from "./demo-model.ts";
import { dotEntry, entryOf, NO_KINDS, surroundingsOf } from "./entry.ts";
import { type Example, toExample } from "./example.ts";
import { gnuLines } from "./layout.ts";
import { Random } from "./random.ts";

const CHECKOUT = dirname(dirname(DEMO_MODEL));

/** The listing that `npm run demo` asks for, as it looks with other owners, sizes and dates. */
export function checkoutExamples(seed: number, count: number): Example[] {
  const random = new Random(seed);
  const names = readdirSync(CHECKOUT).sort();
  return Array.from({ length: count }, () => {
    const around = { ...surroundingsOf(random, "gnu"), largest: 999_999 };
    const dots = [dotEntry(random, around, "."), dotEntry(random, around, "..")];
    const others = names.map((name) => {
      const isFolder = lstatSync(join(CHECKOUT, name)).isDirectory();
      const kinds = { ...NO_KINDS, [isFolder ? "folder" : "file"]: 1 };
      return { ...entryOf(random, { ...around, kinds }), name };
    });
    const entries = [...dots, ...others];
    return toExample(entries, ["total 244", ...gnuLines(entries)], "\n");
  });
}
