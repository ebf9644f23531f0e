import { addUsage, NO_USAGE, type Usage } from "@conduit/types";
import type { EmittedEvent } from "../emitted-event.ts";
import type { BlockObserver, BlockWatch } from "./block-observer.ts";
import { costUsdOf, type TokenPrices } from "./token-prices.ts";

export interface UsageMeterOptions {
  /** What tokens cost. Without them there is usage and no cost. */
  readonly prices?: TokenPrices | undefined;
}

/**
 * Adds up what runs use, also those that fail or are aborted: it hears of usage when the block does, and whether or not there will
 * be a result.
 *
 * What a model wrote in an answer that was cut off before its end is known only where its endpoint told.
 *
 * @example
 * ```ts
 * const meter = new UsageMeter({ prices: { "my-model": { inputUsdPerMillion: 0.1, outputUsdPerMillion: 0.4 } } });
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * await shell.run({ shellCommand: "true" }, { observers: [meter] });
 * console.log(meter.usage.totalTokens, meter.costUsd); // 0 0
 * ```
 */
export class UsageMeter implements BlockObserver {
  readonly #prices: TokenPrices;
  readonly #usageByModel = new Map<string | undefined, Usage>();

  constructor({ prices = {} }: UsageMeterOptions = {}) {
    this.#prices = prices;
  }

  /** Tokens of all runs together. */
  get usage(): Usage {
    return [...this.#usageByModel.values()].reduce(addUsage, NO_USAGE);
  }

  /** The same by model; that of blocks which do not say their model is left out. */
  get usageByModel(): Readonly<Record<string, Usage>> {
    const named = [...this.#usageByModel].filter((entry): entry is [string, Usage] => entry[0] !== undefined);
    return Object.fromEntries(named);
  }

  /** What all runs cost in US dollars; `undefined` where something was used that has no price. */
  get costUsd(): number | undefined {
    let sumUsd = 0;
    for (const [model, usage] of this.#usageByModel) {
      const costUsd = costUsdOf(usage, model === undefined ? undefined : this.#prices[model]);
      if (costUsd === undefined) return undefined;
      sumUsd += costUsd;
    }
    return sumUsd;
  }

  /** Hears only whole runs, whose events are those of their parts too. */
  start(): BlockWatch {
    return { part: () => deafWatch, event: (event) => this.#add(event), end() {} };
  }

  #add(event: EmittedEvent): void {
    if (event.type !== "usage" || event.usage.totalTokens === 0) return;
    const known = this.#usageByModel.get(event.model) ?? NO_USAGE;
    this.#usageByModel.set(event.model, addUsage(known, event.usage));
  }
}

const deafWatch: BlockWatch = { part: () => deafWatch, end() {} };
