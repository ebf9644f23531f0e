import type {
  CallOptions,
  ComputeProvider,
  ListOfferingsOptions,
  LogOptions,
  NodeHold,
  NodeSpec,
  ProviderCapabilities,
  ProviderNode,
} from "@conduit/types";

/** What goes wrong at a {@link FaultyProvider}. Each replaces the real call, and can make it. */
export interface Faults {
  readonly capabilities?: Partial<ProviderCapabilities>;
  readonly scope?: (scope: () => Promise<string>) => Promise<string>;
  readonly createNode?: (
    create: (spec: NodeSpec, options?: CallOptions) => Promise<ProviderNode>,
    spec: NodeSpec,
  ) => Promise<ProviderNode>;
  readonly getNode?: (
    get: (id: string) => Promise<ProviderNode | undefined>,
    id: string,
  ) => Promise<ProviderNode | undefined>;
  readonly listNodes?: (
    list: (namePrefix: string) => Promise<readonly ProviderNode[]>,
    namePrefix: string,
  ) => Promise<readonly ProviderNode[]>;
  readonly holdNode?: (hold: (id: string) => Promise<NodeHold>, id: string) => Promise<NodeHold>;
  readonly terminateNode?: (terminate: (id: string) => Promise<void>, id: string) => Promise<void>;
}

/** A real provider whose calls go wrong in chosen ways. */
export class FaultyProvider implements ComputeProvider {
  readonly name: ComputeProvider["name"];
  readonly capabilities: ProviderCapabilities;
  readonly #real: ComputeProvider;
  readonly #faults: Faults;

  constructor(real: ComputeProvider, faults: Faults) {
    this.name = real.name;
    this.capabilities = { ...real.capabilities, ...faults.capabilities };
    this.#real = real;
    this.#faults = faults;
  }

  createNode(spec: NodeSpec, options?: CallOptions): Promise<ProviderNode> {
    const { createNode = (create, same) => create(same, options) } = this.#faults;
    return createNode((same) => this.#real.createNode(same, options), spec);
  }

  listNodes(namePrefix: string, options?: CallOptions): Promise<readonly ProviderNode[]> {
    const { listNodes = (list, same) => list(same) } = this.#faults;
    return listNodes((same) => this.#real.listNodes(same, options), namePrefix);
  }

  holdNode(id: string, options?: CallOptions): Promise<NodeHold> {
    const { holdNode = (hold, same) => hold(same) } = this.#faults;
    return holdNode(async (same) => {
      const held = await this.#real.holdNode?.(same, options);
      if (held === undefined)
        throw new Error(`expected ${this.name} to have nodes that end with their holders`);
      return held;
    }, id);
  }

  scope(options?: CallOptions) {
    const { scope = (same) => same() } = this.#faults;
    return scope(() => this.#real.scope(options));
  }

  listOfferings(options?: ListOfferingsOptions) {
    return this.#real.listOfferings(options);
  }

  getNode(id: string, options?: CallOptions) {
    const { getNode = (get, same) => get(same) } = this.#faults;
    return getNode((same) => this.#real.getNode(same, options), id);
  }

  startNode(id: string, options?: CallOptions) {
    return this.#real.startNode(id, options);
  }

  stopNode(id: string, options?: CallOptions) {
    return this.#real.stopNode(id, options);
  }

  terminateNode(id: string, options?: CallOptions) {
    const { terminateNode = (terminate, same) => terminate(same) } = this.#faults;
    return terminateNode((same) => this.#real.terminateNode(same, options), id);
  }

  logs(id: string, options?: LogOptions) {
    return this.#real.logs(id, options);
  }
}
