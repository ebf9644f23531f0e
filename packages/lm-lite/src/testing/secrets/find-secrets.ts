import type { Secret } from "./secret.ts";

/** Something that others may see. */
export interface Evidence {
  /** What kind of place it is. */
  readonly place: string;
  /** Which one, for people. */
  readonly detail: string;
  readonly content: Buffer;
}

/** Secrets that were found, as `<place>: <secret>`, with where each was. */
export type Findings = ReadonlyMap<string, ReadonlySet<string>>;

export function findSecrets(evidence: Iterable<Evidence>, secrets: readonly Secret[]): Findings {
  const found = new Map<string, Set<string>>();
  for (const { place, detail, content } of evidence) {
    for (const { name, signs } of secrets) {
      const sign = signs.find((each) => content.includes(each));
      if (sign === undefined) continue;
      const finding = `${place}: ${name}`;
      found.set(finding, (found.get(finding) ?? new Set()).add(`${detail}, at ${content.indexOf(sign)}`));
    }
  }
  return found;
}
