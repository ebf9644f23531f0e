import { mkdir, rm } from "node:fs/promises";
import type { StateStore } from "@conduit/types";
import { ManualClock } from "../clock/manual-clock.ts";
import { Generation, type GenerationOptions } from "../points/generation.ts";
import { instrumentProvider } from "../points/instrument-provider.ts";
import { instrumentStore } from "../points/instrument-store.ts";
import { pictureOf } from "./picture.ts";
import type {
  CaseProvider,
  OpenProvider,
  ProviderFault,
  ProviderKind,
  ProviderWorld,
} from "./provider-kind.ts";
import type { Tools } from "./scenario.ts";
import { readContent, type StoreContent } from "./store-content.ts";
import type { PrepareStore, StoreKind } from "./store-kind.ts";
import { watchWrites } from "./watch-writes.ts";

/** Longest time in real milliseconds that a generation may take, on a machine that is busy: time itself costs nothing here. */
const STUCK_AFTER_MS = 120_000;

/** How the work of a generation came to its end. */
export type Outcome =
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly error: unknown }
  /** Killed or suspended. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "stuck" };

/** Work under way, and what it is done by. */
export interface Run {
  readonly generation: Generation;
  readonly store: StateStore;
  readonly work: Promise<Outcome>;
}

/** A case as it was at some time, from which any number of others can go on. */
export interface SavedCase<Fault extends ProviderFault> {
  readonly nowMs: number;
  readonly openProvider: OpenProvider<Fault>;
  readonly prepareStore: PrepareStore;
}

interface CrashCaseParts<Fault extends ProviderFault> {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly stores: StoreKind;
  readonly provider: CaseProvider<Fault>;
  readonly offerings: ProviderKind<Fault>["offerings"];
}

/** One provider, one store and one clock, which generations of processes come and go at. */
export class CrashCase<Fault extends ProviderFault> implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly world: ProviderWorld;
  readonly #directory: string;
  readonly #provider: CaseProvider<Fault>;
  readonly #offerings: ProviderKind<Fault>["offerings"];
  readonly #stores: StoreKind;
  readonly #generations = new Set<Generation>();
  #store: Promise<StateStore> | undefined;
  #content: Promise<StoreContent> | undefined;

  /** @param saved - What it begins with. Default: nothing. */
  static async create<Fault extends ProviderFault>(
    directory: string,
    stores: StoreKind,
    { open, offerings }: ProviderKind<Fault>,
    { nowMs, openProvider, prepareStore }: SavedCase<Fault> = {
      nowMs: 0,
      openProvider: open,
      prepareStore: stores.prepare,
    },
  ): Promise<CrashCase<Fault>> {
    await mkdir(directory, { recursive: true });
    const clock = new ManualClock({ startMs: nowMs });
    await prepareStore(directory, clock);
    const provider = await openProvider(directory, clock);
    return new CrashCase({ directory, clock, stores, provider, offerings });
  }

  private constructor({ directory, clock, stores, provider, offerings }: CrashCaseParts<Fault>) {
    this.#directory = directory;
    this.#stores = stores;
    this.#provider = provider;
    this.#offerings = offerings;
    this.clock = clock;
    this.world = provider.world;
    this.clock.advanceWhenIdle(() => [...this.#generations].some(({ isBusy }) => isBusy));
  }

  /** What is there, for other cases to go on from. */
  async save(): Promise<SavedCase<Fault>> {
    const openProvider = this.#provider.save?.();
    if (openProvider === undefined) throw new Error("expected a provider that can be set up again");
    return {
      nowMs: this.clock.nowMs(),
      openProvider,
      prepareStore: await this.#stores.save(this.#directory),
    };
  }

  async picture(): Promise<string> {
    return pictureOf(await this.content(), this.world);
  }

  /** What the store holds now. Read anew where a process of this case has changed it. */
  async content(): Promise<StoreContent> {
    this.#content ??= readContent(await this.#sharedStore());
    return this.#content;
  }

  #sharedStore(): Promise<StateStore> {
    this.#store ??= this.#open();
    return this.#store;
  }

  #open(): Promise<StateStore> {
    return this.#stores.open(this.#directory, this.clock);
  }

  /** Lets a new generation do something, until it ends or is interrupted. */
  async start(
    work: (tools: Tools) => Promise<void>,
    { faults = [], ...options }: GenerationOptions & { readonly faults?: readonly Fault[] | undefined } = {},
  ): Promise<Run> {
    const generation = new Generation(options);
    const store = await (this.#stores.isShared === true ? this.#sharedStore() : this.#open());
    this.#generations.add(generation);
    const { clock, world } = this;
    const provider = this.#provider.connect(faults, generation.clockWithinCalls(clock));
    const tools: Tools = {
      provider: instrumentProvider(provider, generation),
      offerings: this.#offerings,
      store: instrumentStore(
        watchWrites(store, () => {
          this.#content = undefined;
        }),
        generation,
      ),
      clock: generation.clock(clock),
      world: noted(world, generation),
      begin: () => generation.arm(),
    };
    const ended = work(tools).then(
      (): Outcome => ({ kind: "completed" }),
      (error: unknown): Outcome => ({ kind: "failed", error }),
    );
    return { generation, store, work: ended };
  }

  /** Lets a new generation do something, and ends it however that ended. */
  async run(...how: Parameters<CrashCase<Fault>["start"]>): Promise<Outcome> {
    const run = await this.start(...how);
    const outcome = await untilInterrupted(run);
    if (outcome.kind !== "stuck") await this.end(run);
    return outcome;
  }

  /** A process that has ended, or is killed now. What is on its way to the provider or the store still arrives. */
  async end({ generation, store }: Run): Promise<void> {
    generation.kill();
    await generation.drained();
    if (this.#stores.isShared !== true) await store.close();
    this.#generations.delete(generation);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const generation of this.#generations) generation.kill();
    await (await this.#store)?.close();
    await this.#provider[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** The world as a generation looks at it. */
function noted(world: ProviderWorld, generation: Generation): ProviderWorld {
  return {
    living: () => {
      generation.noteQuestion();
      return world.living();
    },
    createdByName: () => world.createdByName(),
    faultCalls: () => world.faultCalls(),
    kill: (name) => world.kill(name),
    plant: (name) => world.plant(name),
  };
}

/** How far the work comes: to its end, to where it is interrupted, or nowhere. */
export function untilInterrupted({ work, generation }: Run): Promise<Outcome> {
  return orStuck([work, generation.interrupted.then((): Outcome => ({ kind: "interrupted" }))]);
}

/** How the work ends that was interrupted before and goes on. */
export function untilEnded({ work }: Run): Promise<Outcome> {
  return orStuck([work]);
}

async function orStuck(outcomes: readonly Promise<Outcome>[]): Promise<Outcome> {
  const stuck = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => stuck.resolve({ kind: "stuck" }), STUCK_AFTER_MS);
  try {
    return await Promise.race([...outcomes, stuck.promise]);
  } finally {
    clearTimeout(timer);
  }
}
