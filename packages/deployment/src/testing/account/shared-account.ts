import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ComputeProvider, parseNodeName } from "@conduit/types";
import { ManualClock } from "../clock/manual-clock.ts";
import { Generation, type GenerationOptions } from "../points/generation.ts";
import type { Fault } from "../stand-in/fault.ts";
import { EPOCH_MS, StandInProvider } from "../stand-in/stand-in-provider.ts";
import { type LivingNode, StandInWorld } from "../stand-in/stand-in-world.ts";

/** After that time a node is seen that {@link lateNodes} is about; longer than the visibility window, and than any lease. */
const LATE_MS = 120_000;
/** Stands first in every plan that is made from it, since faults are counted by their place. */
const lateNodes: Fault = { kind: "node-appears-late", delayMs: LATE_MS, times: 2 };

/** An account at a provider that several stores use, with a clock that jumps whenever all who use it sleep. */
export class SharedAccount implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly world: StandInWorld;
  readonly directory: string;
  /** What a store's programs did to nodes of another's. */
  readonly trespasses: string[] = [];
  /** What goes wrong from now on. */
  faults: readonly Fault[] = [];
  readonly #generations = new Set<Generation>();

  static async create(): Promise<SharedAccount> {
    return new SharedAccount(await mkdtemp(join(tmpdir(), "ca-")));
  }

  private constructor(directory: string) {
    this.directory = directory;
    this.world = new StandInWorld(directory, this.clock);
    this.clock.advanceWhenIdle(() => [...this.#generations].some(({ isBusy }) => isBusy));
  }

  /** Milliseconds since 1970, for stores. */
  readonly storeTime = (): number => EPOCH_MS + Math.floor(this.clock.nowMs());

  /** A program's way to the provider, which takes note of whose nodes it changes. */
  provider(store8: string): ComputeProvider {
    const faults = this.faults.length === 0 ? [] : [lateNodes, ...this.faults];
    return this.#watched(store8, this.#providerWith(faults));
  }

  /** The same, where the next node is seen late. */
  lateProvider(store8: string): ComputeProvider {
    return this.#watched(store8, this.#providerWith([lateNodes]));
  }

  /** Lets a program do something; it may be killed meanwhile. */
  async during<T>(work: (generation: Generation) => Promise<T>, options: GenerationOptions = {}): Promise<T> {
    const generation = new Generation(options);
    this.#generations.add(generation);
    try {
      return await work(generation);
    } finally {
      generation.kill();
      await generation.drained();
      this.#generations.delete(generation);
    }
  }

  /** Nodes that a store's programs have created and that are not at their end. */
  nodesOf(store8: string): LivingNode[] {
    return this.world.living().filter(({ name }) => parseNodeName(name)?.store8 === store8);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #providerWith(faults: readonly Fault[]): StandInProvider {
    const { directory, clock } = this;
    return new StandInProvider({ directory, clock, faults });
  }

  #watched(store8: string, provider: StandInProvider): ComputeProvider {
    const watch = (call: string, name: string | undefined) => {
      if (name !== undefined && parseNodeName(name)?.store8 !== store8) {
        this.trespasses.push(`${call} of ${name} by ${store8}`);
      }
    };
    const nameOf = (id: string) => this.world.living().find((node) => node.id === id)?.name;
    return {
      name: provider.name,
      capabilities: provider.capabilities,
      scope: (options) => provider.scope(options),
      listOfferings: (options) => provider.listOfferings(options),
      getNode: (id, options) => provider.getNode(id, options),
      listNodes: (prefix, options) => provider.listNodes(prefix, options),
      logs: (id, options) => provider.logs(id, options),
      createNode: (spec, options) => {
        watch("createNode", spec.name);
        return provider.createNode(spec, options);
      },
      startNode: (id, options) => {
        watch("startNode", nameOf(id));
        return provider.startNode(id, options);
      },
      stopNode: (id, options) => {
        watch("stopNode", nameOf(id));
        return provider.stopNode(id, options);
      },
      terminateNode: (id, options) => {
        watch("terminateNode", nameOf(id));
        return provider.terminateNode(id, options);
      },
    };
  }
}
