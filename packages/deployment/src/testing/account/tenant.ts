import { randomBytes } from "node:crypto";
import { type ComputeProvider, formatNodeName, type StateStore } from "@conduit/types";
import { deploy } from "../../deploy.ts";
import type { DeployRequest } from "../../deploy-request.ts";
import type { Deployment } from "../../deployment.ts";
import { type GcReport, type GcRequest, gc } from "../../reconcile/gc.ts";
import { type ReconcileReport, reconcile } from "../../reconcile/reconcile.ts";
import type { Generation } from "../points/generation.ts";
import { instrumentProvider } from "../points/instrument-provider.ts";
import { instrumentStore } from "../points/instrument-store.ts";
import { standInOfferings } from "../stand-in/offerings.ts";
import type { SharedAccount } from "./shared-account.ts";

/** Long enough for no node to end by itself. */
const NEVER_IDLE_SECONDS = 30 * 24 * 3_600;

/** What a store and its account can come to hold. */
export type Holding = "kept" | "stopped" | "unused" | "creating" | "buried" | "orphan";

/** A store whose programs use an account that others use, too. */
export class Tenant {
  readonly store: StateStore;
  readonly store8: string;
  /** Names of nodes that are to outlast everything, as long as only this store's own programs can end them. */
  readonly lasting: string[] = [];
  /** Names of nodes that no row names. */
  readonly orphans: string[] = [];
  readonly #account: SharedAccount;
  #count = 0;

  static async create(account: SharedAccount, store: StateStore): Promise<Tenant> {
    return new Tenant(account, store, (await store.storeId()).slice(0, 8));
  }

  private constructor(account: SharedAccount, store: StateStore, store8: string) {
    this.#account = account;
    this.store = store;
    this.store8 = store8;
  }

  /** Brings something about. Others that do the same deploy the same. */
  async acquire(holding: Holding): Promise<void> {
    const image = `image:${++this.#count}`;
    switch (holding) {
      case "kept":
        return this.#deploy({ image, keep: true }, async () => {});
      case "stopped":
        return this.#deploy({ image, keep: true }, (deployment) => deployment.stop());
      case "unused":
        return this.#deploy({ image }, async () => {});
      case "creating":
        return this.#dieCreating(image);
      case "buried": {
        const nodeName = this.#plant();
        const { storeTime } = this.#account;
        const { name: provider } = this.#account.provider(this.store8);
        const grave = {
          nodeName,
          provider,
          scope: "the account",
          reason: "never seen",
          createdAtMs: storeTime(),
        };
        return this.store.transaction((transaction) => transaction.putTombstone(grave));
      }
      case "orphan":
        this.orphans.push(this.#plant());
    }
  }

  gc(change: Partial<GcRequest> = {}): Promise<GcReport> {
    return this.#account.during((generation) => gc({ ...this.#tools(generation), ...change }));
  }

  reconcile(): Promise<ReconcileReport> {
    return this.#account.during((generation) => reconcile(this.#tools(generation)));
  }

  /** The same by a program that is killed at a point, from 1 on; whether it came as far as that. */
  killedAt(at: number, change: Partial<GcRequest>): Promise<boolean> {
    const work = async (generation: Generation) => {
      generation.arm();
      return Promise.race([
        gc({ ...this.#tools(generation), ...change }).then(() => false),
        generation.interrupted.then(() => true),
      ]);
    };
    return this.#account.during(work, { interruption: "kill", at });
  }

  /** Lets a program deploy something, do something with it, and leave it. */
  async deploy<T>(
    image: string,
    change: Partial<DeployRequest>,
    work: (deployment: Deployment) => Promise<T>,
  ): Promise<T> {
    return this.#account.during(async (generation) => {
      const deployment = await deploy({ ...this.#request(image, generation), ...change });
      try {
        return await work(deployment);
      } finally {
        await deployment.dispose();
      }
    });
  }

  async #deploy(
    { image, keep = false }: { readonly image: string; readonly keep?: boolean },
    work: (deployment: Deployment) => Promise<void>,
  ): Promise<void> {
    await this.deploy(image, { keep, replicas: 2 }, async (deployment) => {
      await deployment.untilReady();
      if (keep) this.lasting.push(...deployment.endpoints.map(({ nodeName }) => nodeName));
      await work(deployment);
    });
  }

  /** The program dies before it has the answer to a create, and the node is not seen for a while. */
  async #dieCreating(image: string): Promise<void> {
    const died = Promise.withResolvers<void>();
    await this.#account.during(async (generation) => {
      const late = instrumentProvider(this.#account.lateProvider(this.store8), generation);
      const provider: ComputeProvider = {
        ...late,
        createNode: async (spec, options) => {
          const node = await late.createNode(spec, options);
          generation.kill();
          died.resolve();
          return node;
        },
      };
      const work = deploy({ ...this.#request(image, generation), provider });
      await Promise.race([work, died.promise]);
    });
  }

  #plant(): string {
    const name = formatNodeName({
      store8: this.store8,
      key8: "00000000",
      nonce: randomBytes(4).toString("hex"),
    });
    this.#account.world.plant(name);
    return name;
  }

  #request(image: string, generation: Generation): DeployRequest {
    const { providers, ...tools } = this.#tools(generation);
    const [provider] = providers;
    return {
      ...tools,
      provider,
      runtime: "LM_LITE",
      endpointKeyVariable: "LM_LITE_API_KEY",
      workload: {
        image,
        env: {},
        secretEnv: {},
        ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
        healthPath: "/health",
      },
      offerings: standInOfferings(provider.name),
      idleTimeoutSeconds: NEVER_IDLE_SECONDS,
      probe: async () => ({ ready: true }),
    };
  }

  #tools(generation: Generation) {
    return {
      store: instrumentStore(this.store, generation),
      providers: [instrumentProvider(this.#account.provider(this.store8), generation)] as const,
      clock: generation.clock(this.#account.clock),
    };
  }
}
