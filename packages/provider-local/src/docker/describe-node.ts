import { type CallOptions, compileSchema, type ProviderNode } from "@conduit/types";
import type { ContainerInspectInfo } from "dockerode";
import { Type } from "typebox";
import { containerState } from "./container-state.ts";
import { isCreatorGone, isThisProcess } from "./creator.ts";
import type { Daemon } from "./daemon.ts";
import { isOnThisMachine } from "./endpoint/docker-endpoint.ts";
import {
  CREATED_LABEL,
  CREATOR_LABEL,
  FAILURE_LABEL,
  IMAGE_DIGEST_LABEL,
  type Labels,
  PORTS_LABEL,
} from "./labels.ts";
import type { NodeClaim } from "./node-claim.ts";

const portsSchema = compileSchema(Type.Record(Type.String(), Type.Integer()));

/** A node that has its container. */
export async function describeContainer(
  daemon: Daemon,
  name: string,
  container: ContainerInspectInfo,
  options: CallOptions,
): Promise<ProviderNode> {
  const { Labels: labels, Env: env } = container.Config;
  const { baseUrl, portMap } = await publishedPorts(daemon, container);
  return {
    ...describe(name, labels),
    ...(await containerState(daemon, name, container, options)),
    baseUrl,
    portMap,
    env: Object.fromEntries((env ?? []).map(splitVariable)),
    imageDigest: labels[IMAGE_DIGEST_LABEL],
    createdAtMs: Date.parse(container.Created),
  };
}

/**
 * A node that has a claim only. `progress` is what this process knows if it creates the node; `undefined` if it does not, since it never
 * did or has given up.
 */
export async function describeClaim(
  { name, labels }: NodeClaim,
  { progress, pullTimeoutMs }: { readonly progress: string | undefined; readonly pullTimeoutMs: number },
): Promise<ProviderNode> {
  const node = describe(name, labels);
  if (progress !== undefined) return { ...node, status: "creating", progress };
  const failure = labels[FAILURE_LABEL];
  if (failure !== undefined) return { ...node, status: "failed", failure };
  const ageMs = Date.now() - Number(labels[CREATED_LABEL]);
  const creator = labels[CREATOR_LABEL];
  const givenUp = (await isCreatorGone(creator)) || (await isThisProcess(creator));
  if (ageMs < pullTimeoutMs && !givenUp) return { ...node, status: "creating", progress: "pulling image" };
  return {
    ...node,
    status: "failed",
    failure: "whoever created the node has ended or given up before its container was there",
  };
}

function describe(name: string, labels: Labels) {
  const createdAtMs = Number(labels[CREATED_LABEL]);
  return { id: name, name, createdAtMs, priceMicroDollarsPerHour: 0 };
}

/** Where the ports of the workload are reached from here; Docker forgets them when the container ends. */
async function publishedPorts(daemon: Daemon, { Config, NetworkSettings }: ContainerInspectInfo) {
  const check = await portsSchema.check(JSON.parse(Config.Labels[PORTS_LABEL] ?? "{}"));
  if (!check.valid) return {};
  const published = Object.entries(check.value).flatMap(([name, containerPort]) => {
    const binding = NetworkSettings.Ports?.[`${containerPort}/tcp`]?.[0];
    return binding === undefined ? [] : [{ name, address: binding.HostIp, port: Number(binding.HostPort) }];
  });
  const [first] = published;
  if (first === undefined) return {};
  return {
    baseUrl: `http://${reachable(daemon, first.address)}:${first.port}`,
    portMap: Object.fromEntries(published.map(({ name, port }) => [name, port])),
  };
}

/** The host of a URL for an address that Docker publishes on, which may stand for all of its machine. */
function reachable({ endpoint }: Daemon, address: string): string {
  if (address !== "" && address !== "0.0.0.0" && address !== "::") {
    return address.includes(":") ? `[${address}]` : address;
  }
  return isOnThisMachine(endpoint) || endpoint.kind === "unix" ? "127.0.0.1" : endpoint.host;
}

function splitVariable(variable: string): [string, string] {
  const end = variable.indexOf("=");
  return end === -1 ? [variable, ""] : [variable.slice(0, end), variable.slice(end + 1)];
}
