import { type CallOptions, parseNodeName } from "@conduit/types";
import { NodeNotAdoptableError } from "../deployment-error.ts";
import { deploymentKey } from "../deployment-key.ts";
import { DEPLOYMENT_VARIABLE, type DeploymentLabel, parseLabel } from "../deployment-label.ts";
import { lives } from "./facts.ts";
import type { FoundNode } from "./foreign.ts";

/** What a store has to know of another's node to make it its own. */
export interface NodePapers {
  /** Of its deployment. */
  readonly key: string;
  readonly scope: string;
  readonly label: DeploymentLabel;
  readonly endpointKey: string;
}

/** @throws NodeNotAdoptableError when the node is no good, or the provider does not tell enough of it. */
export async function papersOf({ node, provider }: FoundNode, options: CallOptions): Promise<NodePapers> {
  const { name, status, env = {} } = node;
  if (!lives(node) && status !== "stopped") {
    throw new NodeNotAdoptableError(name, "run or be stopped", `it is ${status}; end it`);
  }
  const label = await parseLabel(env[DEPLOYMENT_VARIABLE] ?? "");
  if (label === undefined) {
    const is = `${provider.name} does not show ${DEPLOYMENT_VARIABLE} in its environment; end it, and deploy anew`;
    throw new NodeNotAdoptableError(name, "say what it runs", is);
  }
  const { namespace, runtime, spec, endpointKeyVariable } = label;
  const scope = await provider.scope(options);
  const key = deploymentKey({ namespace, runtime, provider: provider.name, scope, spec });
  // Whoever deploys the same must find it, and nobody who deploys something else.
  if (key.slice(0, 8) !== parseNodeName(name)?.key8) {
    const is = "what it says makes another key; end it, and deploy anew";
    throw new NodeNotAdoptableError(name, "run what its name stands for", is);
  }
  const endpointKey =
    env[endpointKeyVariable] ?? (await provider.readSecret?.(node.id, endpointKeyVariable, options));
  if (endpointKey === undefined) {
    const is = `${provider.name} does not show ${endpointKeyVariable}; end it, and deploy anew`;
    throw new NodeNotAdoptableError(name, "tell the key that it demands", is);
  }
  return { key, scope, label, endpointKey };
}
