import type { DeployedNode } from "../deployed-node.ts";
import { NodeFailedError } from "../deployment-error.ts";
import { Rounds } from "../rounds.ts";
import type { LivenessLimits } from "./liveness-options.ts";
import { NodeSilence } from "./node-silence.ts";
import { PauseWatch } from "./pause-watch.ts";
import { takesConnection } from "./takes-connection.ts";

export interface NodeWatchOptions {
  readonly limits: LivenessLimits;
  /** Nodes that are to answer. */
  readonly nodes: () => readonly DeployedNode[];
  /** A node is to get no requests until it answers. */
  readonly setAside: (node: DeployedNode, cause: Error) => void;
  /** A node is to be ended and replaced. */
  readonly replace: (error: NodeFailedError, signal: AbortSignal) => Promise<void>;
}

/**
 * Finds nodes that were ready and hang: they take connections, and answer nothing.
 *
 * Where most nodes of the deployment are silent at once, it may as well be this process that has no network. Then a node is given up only if
 * its own address takes a connection, and one at a time: the next only when a new one has become ready.
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #silences = new Map<string, NodeSilence>();
  /** Nodes that there were when one of them was given up while most were silent. */
  #tried: ReadonlySet<string> = new Set();
  readonly #pauses: PauseWatch;
  readonly #rounds: Rounds;

  constructor(options: NodeWatchOptions) {
    const { intervalMs, timeoutMs } = options.limits;
    this.#options = options;
    this.#pauses = new PauseWatch(2 * intervalMs + timeoutMs + 5_000);
    this.#rounds = new Rounds(intervalMs, (signal) => this.#look(signal));
  }

  /** Resolves when no node is checked any more. More than once is fine. */
  end(): Promise<void> {
    return this.#rounds.end();
  }

  async #look(signal: AbortSignal): Promise<void> {
    // What was not answered while this process did not run says nothing of the nodes.
    if (this.#pauses.look()) this.#silences.clear();
    const nodes = this.#options.nodes();
    const names = new Set(nodes.map(({ name }) => name));
    for (const name of this.#silences.keys()) if (!names.has(name)) this.#silences.delete(name);
    await Promise.all(nodes.map((node) => this.#check(node, signal)));
    if (this.#pauses.look()) this.#silences.clear();
    const silent = nodes.filter((node) => this.#silenceOf(node).isSilent);
    for (const node of silent) this.#options.setAside(node, this.#errorOf(node));
    await this.#giveUp(silent, silent.length * 2 > nodes.length, signal);
  }

  async #check(node: DeployedNode, signal: AbortSignal): Promise<void> {
    if (await this.#silenceOf(node).check(node, signal)) return;
    // One that has ended, or listens somewhere else by now, does not hang.
    await node.lookUp(signal);
  }

  async #giveUp(silent: readonly DeployedNode[], areMost: boolean, signal: AbortSignal): Promise<void> {
    const { nodes } = this.#options;
    // What lies between here and all nodes, such as their provider's proxy, keeps a new one from becoming ready, too.
    if (areMost && nodes().every(({ name }) => this.#tried.has(name))) return;
    for (const node of silent) {
      if (!this.#silenceOf(node).isOver || !(await node.isSaidToRun(signal))) continue;
      if (areMost && !(await takesConnection(node.endpoint?.baseUrl ?? ""))) continue;
      // It may have answered at the last moment.
      if (!this.#silenceOf(node).isOver) continue;
      if (areMost) this.#tried = new Set(nodes().map(({ name }) => name));
      await this.#options.replace(this.#errorOf(node), signal);
      if (!areMost) continue;
      for (const silence of this.#silences.values()) silence.reset();
      return;
    }
  }

  #errorOf({ name }: DeployedNode): NodeFailedError {
    const { failureThreshold, patienceMs } = this.#options.limits;
    return new NodeFailedError(
      name,
      this.#silences.get(name)?.isOver === true
        ? `it runs, but has answered no health check for ${patienceMs / 1000} s`
        : `it has not answered ${failureThreshold} health checks in a row`,
    );
  }

  #silenceOf({ name }: DeployedNode): NodeSilence {
    const silence = this.#silences.get(name) ?? new NodeSilence(this.#options.limits);
    this.#silences.set(name, silence);
    return silence;
  }
}
