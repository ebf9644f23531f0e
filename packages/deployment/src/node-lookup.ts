import { type ComputeProvider, ProviderError, type ProviderNode } from "@conduit/types";
import type { Clock } from "./clock.ts";

/** Looks in a row at which the provider asks to come back later, after which that is the last word. */
const MOST_PROVIDER_FAILURES = 30;

/** What a provider says of one node, time after time. */
export class NodeLookup {
  readonly #provider: ComputeProvider;
  readonly #id: string;
  readonly #clock: Pick<Clock, "nowMs">;
  #missingSinceMs: number | undefined;
  #failures = 0;

  constructor(provider: ComputeProvider, id: string, clock: Pick<Clock, "nowMs">) {
    this.#provider = provider;
    this.#id = id;
    this.#clock = clock;
  }

  /** The node as its provider shows it; `"gone"` when it has ended for certain, `undefined` while nothing is certain. */
  async find(signal: AbortSignal): Promise<ProviderNode | "gone" | undefined> {
    let node: ProviderNode | undefined;
    try {
      node = await this.#provider.getNode(this.#id, { signal });
    } catch (error) {
      const isPassing = ProviderError.isInstance(error) && error.retry === "later";
      if (!isPassing || ++this.#failures >= MOST_PROVIDER_FAILURES) throw error;
      return undefined;
    }
    this.#failures = 0;
    if (node !== undefined) {
      this.#missingSinceMs = undefined;
      return node;
    }
    // One that was only just created may not be visible yet.
    const nowMs = this.#clock.nowMs();
    this.#missingSinceMs ??= nowMs;
    return nowMs - this.#missingSinceMs >= this.#provider.capabilities.visibilityWindowMs
      ? "gone"
      : undefined;
  }

  /** Whether the provider, asked now, says that the node runs and listens there. */
  async isRunningAt(baseUrl: string | undefined, signal: AbortSignal): Promise<boolean> {
    try {
      const found = await this.#provider.getNode(this.#id, { signal });
      return found?.status === "running" && found.baseUrl === baseUrl;
    } catch {
      return false;
    }
  }
}
