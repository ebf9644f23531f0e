import type { CallOptions } from "@conduit/types";
import type { ContainerInspectInfo } from "dockerode";
import type { Daemon } from "./daemon.ts";
import { NODE_LABEL } from "./labels.ts";

/** The container of a node; a container of that name that Conduit did not make is none. */
export async function findContainer(
  daemon: Daemon,
  name: string,
  options: CallOptions,
): Promise<ContainerInspectInfo | undefined> {
  const container = await daemon.find(
    { ...options, what: `look at ${name}`, changes: false },
    (client, abortSignal) => client.getContainer(name).inspect({ abortSignal }),
  );
  return container?.Config.Labels?.[NODE_LABEL] === name ? container : undefined;
}

/** What the list of containers tells of one that belongs to a node. */
export interface ListedContainer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Docker's own word, such as `running` or `exited`. */
  readonly state: string;
}

/** The containers of all nodes. */
export async function listContainers(
  daemon: Daemon,
  options: CallOptions,
): Promise<readonly ListedContainer[]> {
  const containers = await daemon.call(
    { ...options, what: "list containers", changes: false },
    (client, abortSignal) =>
      client.listContainers({ all: true, filters: { label: [NODE_LABEL] }, abortSignal }),
  );
  return containers.map(({ Labels: labels, State: state }) => ({
    name: labels[NODE_LABEL] ?? "",
    labels,
    state,
  }));
}
