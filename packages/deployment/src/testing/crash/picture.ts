import type { DeploymentRow, NodeRow, StateStore } from "@conduit/types";
import type { LivingNode } from "../stand-in/stand-in-world.ts";
import type { ProviderWorld } from "./provider-kind.ts";
import { readContent } from "./store-content.ts";

/**
 * State and world without what differs from run to run, such as names and times: where two pictures are the same, what recovers from one
 * recovers from the other in the same way, once all leases and windows are over.
 */
export async function pictureOf(
  store: StateStore,
  world: Pick<ProviderWorld, "living" | "faultCalls">,
): Promise<string> {
  const content = await readContent(store);
  const living = new Map(world.living().map((node) => [node.name, node]));
  const named = new Set(content.deployments.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
  const buried = new Set(content.tombstones.map(({ nodeName }) => nodeName));
  return JSON.stringify(
    {
      deployments: content.deployments.map(({ row, nodes, attachments }) => ({
        row: outline(row),
        attachments: attachments.length,
        nodes: nodes
          .map((node) => [outline(node), describe(living.get(node.name)), buried.has(node.name)].join())
          .sort(),
      })),
      rowless: [...living.values()]
        .filter(({ name }) => !named.has(name))
        .map((node) => [describe(node), buried.has(node.name)].join())
        .sort(),
      tombstones: buried.size,
      isLeased: content.isLeased,
      faultCalls: world.faultCalls(),
    },
    undefined,
    1,
  );
}

/** What is the same in each run, or at least whether it is there. */
function outline(row: DeploymentRow | NodeRow): string {
  return JSON.stringify(row, (name, value) => {
    if (/^(spec|endpointKey|scope|spentMicroDollars)$/.test(name)) return undefined;
    const isFleeting = /Ms$|Id$|^(id|key|name|baseUrl)$/.test(name);
    if (isFleeting) return value === undefined ? undefined : "there";
    return typeof value === "string" ? value.replace(/\S*[0-9a-f]{8}\S*/g, "…") : value;
  });
}

function describe(node: LivingNode | undefined): string {
  if (node === undefined) return "not there";
  return [node.status, node.isVisible ? "seen" : "not seen", node.willDie ? "will die" : ""].join(" ");
}
