import { randomBytes } from "node:crypto";
import { type NodeRow, nodeNamePrefix, ProviderError, type StateTransaction } from "@conduit/types";
import type { Scenario, Tools } from "./scenario.ts";
import { TOY_ID, TOY_KEY, toyDeployment, toyNode } from "./toy-rows.ts";

const WORKLOAD = {
  image: "toy",
  env: {},
  secretEnv: {},
  ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
  healthPath: "/health",
} as const;

/** What the smallest controller can do wrong. */
export interface ToyMistakes {
  /** Writes of a node only when it is there. */
  readonly recordsLate?: boolean;
  /** Takes every failure of a create for a refusal. */
  readonly trustsFailures?: boolean;
  /** Takes what a list misses for gone. */
  readonly trustsLists?: boolean;
  /** Tries again under the same name. */
  readonly reusesNames?: boolean;
}

/** A deployment of one node, written down and brought about by the smallest controller that does so safely, but for its mistakes. */
export function toyScenario(mistakes: ToyMistakes = {}): Scenario {
  const bringAbout = (tools: Tools) => new ToyController(tools, mistakes).bringAbout();
  return {
    name: "toy",
    prepare: async () => {},
    async operate(tools) {
      tools.begin();
      await tools.store.transaction(want);
      await bringAbout(tools);
    },
    recover: bringAbout,
    expect: ({ world }) => (world.living().length === 1 ? [] : [`${world.living().length} nodes`]),
  };
}

async function want(transaction: StateTransaction): Promise<void> {
  if ((await transaction.getDeployment(TOY_ID)) !== undefined) return;
  await transaction.putDeployment(toyDeployment(transaction.nowMs));
}

class ToyController {
  readonly #tools: Tools;
  readonly #mistakes: ToyMistakes;

  constructor(tools: Tools, mistakes: ToyMistakes) {
    this.#tools = tools;
    this.#mistakes = mistakes;
  }

  async bringAbout(): Promise<void> {
    const { store } = this.#tools;
    if ((await store.transaction((transaction) => transaction.getDeployment(TOY_ID))) === undefined) return;
    for (const row of await this.#rows()) await this.#look(row);
    const [row] = await this.#rows();
    if (row === undefined) await this.#create();
  }

  #rows(): Promise<readonly NodeRow[]> {
    return this.#tools.store.transaction((transaction) => transaction.listNodes(TOY_ID));
  }

  /** Learns what became of a node, and forgets one that is gone. */
  async #look(row: NodeRow): Promise<void> {
    const { provider, clock, store } = this.#tools;
    const untilMs =
      clock.nowMs() + (this.#mistakes.trustsLists === true ? 0 : provider.capabilities.visibilityWindowMs);
    for (;;) {
      const isLast = clock.nowMs() >= untilMs;
      const [node] = await provider.listNodes(row.name);
      if (node !== undefined) return this.#put({ ...row, status: "DEPLOYED", externalId: node.id });
      if (isLast) break;
      await clock.sleep(1_000);
    }
    await store.transaction((transaction) => transaction.removeNode(row.name));
  }

  async #create(): Promise<void> {
    const { provider, store } = this.#tools;
    const nonce = this.#mistakes.reusesNames === true ? "00000000" : randomBytes(4).toString("hex");
    const name = `${nodeNamePrefix((await store.storeId()).slice(0, 8), TOY_KEY.slice(0, 8))}${nonce}`;
    const row = toyNode(name);
    if (this.#mistakes.recordsLate !== true) await this.#put(row);
    try {
      const [offering] = await provider.listOfferings();
      if (offering === undefined) throw new Error("expected an offering");
      const { id } = await provider.createNode({ name, workload: WORKLOAD, offering });
      await this.#put({ ...row, status: "DEPLOYED", externalId: id });
    } catch (error) {
      const isRefused = ProviderError.isInstance(error) && error.outcome === "none";
      if (isRefused || this.#mistakes.trustsFailures === true) {
        await store.transaction((transaction) => transaction.removeNode(name));
      }
      throw error;
    }
  }

  #put(row: NodeRow): Promise<void> {
    return this.#tools.store.transaction((transaction) => transaction.putNode(row));
  }
}
