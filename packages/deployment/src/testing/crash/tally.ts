import type { FindingKind } from "./finding.ts";
import type { ProviderFault } from "./provider-kind.ts";
import type { CaseResult, CaseSpec } from "./run-case.ts";

/** A case that left something wrong, in words that say how to run it again. */
export interface FailedCase {
  readonly title: string;
  readonly findings: readonly string[];
}

/** What tells a case from others. */
export interface TalliedSpec
  extends Pick<CaseSpec<ProviderFault>, "faults" | "interruption" | "at" | "second"> {
  readonly scenario: { readonly name: string };
  readonly stores: { readonly name: string };
}

export interface TalliedResult extends Pick<CaseResult, "point" | "findings"> {
  /** Whether it is known from another case what comes of this one. Default `false`. */
  readonly isKnown?: boolean;
}

const kinds: readonly FindingKind[] = ["leaked", "doubled", "lost", "dearer", "unwanted", "stuck"];

/** What a harness has seen. */
export class Tally {
  readonly failed: FailedCase[] = [];
  #cases = 0;
  #known = 0;
  readonly #counts = new Map<FindingKind, number>();

  add(spec: TalliedSpec, { point, isKnown = false, findings }: TalliedResult): void {
    this.#cases++;
    if (isKnown) this.#known++;
    for (const { kind } of findings) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (findings.length === 0) return;
    this.failed.push({
      title: titleOf(spec, point),
      findings: findings.map(({ kind, what }) => `${kind}: ${what}`),
    });
  }

  /** The counts, for people. */
  summary(): string {
    const counts = kinds.map((kind) => `${this.#counts.get(kind) ?? 0} ${kind}`);
    return `${this.#cases} cases (${this.#known} of them like others): ${counts.join(", ")}`;
  }
}

function titleOf({ scenario, stores, faults, interruption, at, second }: TalliedSpec, point = "its end") {
  return [
    `${scenario.name} with ${stores.name}`,
    ...faults.map(({ kind }) => kind),
    `${interruption} at ${at} (${point})`,
    ...(second === undefined ? [] : [`next ${second.task} killed at ${second.killedAt}`]),
  ].join(", ");
}
