import { type DeploymentRow, type NodeRow, parseNodeName } from "@conduit/types";
import type { LivingNode } from "../stand-in/stand-in-world.ts";
import type { ProviderWorld } from "./provider-kind.ts";
import type { StoreContent } from "./store-content.ts";

/**
 * State and world without what differs from run to run, such as names and times: where two pictures are the same, what recovers from one
 * recovers from the other in the same way, once all leases and windows are over. Who had the lease of the namespace makes no difference then.
 */
export function pictureOf(
  content: StoreContent,
  world: Pick<ProviderWorld, "living" | "createdByName" | "faultCalls">,
): string {
  const store8 = content.storeId.slice(0, 8);
  const living = new Map(world.living().map((node) => [node.name, node]));
  const named = new Set(content.deployments.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
  const buried = new Set(content.tombstones.map(({ nodeName }) => nodeName));
  return JSON.stringify(
    {
      deployments: content.deployments.map(({ row, nodes, attachments }) => ({
        row: outline(row),
        image: row.spec.image,
        scope: row.scope.replace(/\S*[\d/]\S*/g, "…"),
        attachments: attachments.length,
        nodes: nodes
          .map((node) => {
            const isCurrent = row.key.startsWith(parseNodeName(node.name)?.key8 ?? "none");
            return [outline(node), isCurrent, describe(living.get(node.name)), buried.has(node.name)].join();
          })
          .sort(),
      })),
      rowless: [...living.values()]
        .filter(({ name }) => !named.has(name))
        .map((node) => {
          const isOwn = parseNodeName(node.name)?.store8 === store8;
          return [describe(node), isOwn, buried.has(node.name)].join();
        })
        .sort(),
      tombstones: buried.size,
      createdAgain: [...world.createdByName().values()].filter((count) => count > 1).length,
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
  const { status, isVisible, willDie, account = "" } = node;
  return [status, isVisible ? "seen" : "not seen", willDie ? "will die" : "", account].join(" ");
}
