import type { EndpointLease } from "./endpoint.ts";

/** Counts the requests that nodes have under way, also those of nodes that get no more. */
export class BusyNodes {
  readonly #counts = new Map<string, number>();

  get names(): ReadonlySet<string> {
    return new Set(this.#counts.keys());
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** The same lease, counted until it is given back. */
  counted(lease: EndpointLease): EndpointLease {
    const { nodeName } = lease.endpoint;
    this.#counts.set(nodeName, this.count(nodeName) + 1);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      const left = this.count(nodeName) - 1;
      if (left > 0) this.#counts.set(nodeName, left);
      else this.#counts.delete(nodeName);
    };
    const release = () => {
      end();
      lease.release();
    };
    const fail = (cause: unknown) => {
      end();
      lease.fail(cause);
    };
    return { endpoint: lease.endpoint, release, fail, [Symbol.dispose]: release };
  }
}
