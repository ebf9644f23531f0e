import type { ComputeProvider, LogOptions } from "@conduit/types";
import { effect, type Points } from "./points.ts";

/** A provider each of whose effects has a point before and one after. What it is asked without effect has none. */
export function instrumentProvider(provider: ComputeProvider, points: Points): ComputeProvider {
  const { holdNode, readSecret } = provider;
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    scope: (options) => points.call(() => provider.scope(options)),
    listOfferings: (options) => points.call(() => provider.listOfferings(options)),
    getNode: (id, options) => points.call(() => provider.getNode(id, options)),
    listNodes: (prefix, options) => points.call(() => provider.listNodes(prefix, options)),
    createNode: (spec, options) => effect(points, "createNode", () => provider.createNode(spec, options)),
    startNode: (id, options) => effect(points, "startNode", () => provider.startNode(id, options)),
    stopNode: (id, options) => effect(points, "stopNode", () => provider.stopNode(id, options)),
    terminateNode: (id, options) =>
      effect(points, "terminateNode", () => provider.terminateNode(id, options)),
    async *logs(id: string, options?: LogOptions) {
      const lines = provider.logs(id, options)[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await points.call(() => lines.next());
        if (done === true) return;
        yield value;
      }
    },
    ...(readSecret !== undefined && {
      readSecret: (id, name, options) => points.call(() => readSecret.call(provider, id, name, options)),
    }),
    ...(holdNode !== undefined && {
      holdNode: (id, options) => effect(points, "holdNode", () => holdNode.call(provider, id, options)),
    }),
  };
}
