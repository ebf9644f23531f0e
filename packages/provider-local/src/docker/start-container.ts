import type { CallOptions, NodeSpec } from "@conduit/types";
import type { ContainerCreateOptions } from "dockerode";
import { localError } from "../local-error.ts";
import { type ContainerSettings, containerOptions } from "./container-options.ts";
import { type Daemon, isRefusal } from "./daemon.ts";
import { DockerRefusedError } from "./errors/docker-refused-error.ts";
import { explainFailure } from "./explain-failure.ts";
import { NODE_FOLDER, nodeArchive } from "./node-archive.ts";
import { removeClaim } from "./node-claim.ts";
import { removeNode } from "./remove-node.ts";

/**
 * Gives a claimed node its container and starts that. The daemon has the image. It takes no signal: a container whose creation is given
 * up half-way may still come.
 *
 * @returns Whether it runs; otherwise somebody has terminated the node, and nothing is left of it.
 * @throws ProviderError; what it has made by then may still be there.
 */
export async function startContainer(
  daemon: Daemon,
  spec: NodeSpec,
  settings: ContainerSettings,
): Promise<boolean> {
  const { name, workload } = spec;
  await createContainer(daemon, containerOptions(spec, settings));
  if (!(await removeClaim(daemon, name, {}))) {
    await removeNode(daemon, name, { graceSeconds: 0 });
    return false;
  }
  const secrets = workload.readsSecretFiles === true ? workload.secretEnv : {};
  const archive = await nodeArchive(secrets, settings.owner);
  await daemon.call({ what: `hand its folder to ${name}`, changes: true }, (client, abortSignal) =>
    client.getContainer(name).putArchive(archive, { path: NODE_FOLDER, abortSignal }),
  );
  await runContainer(daemon, name, {});
  return true;
}

/** Starts a container that does not run; one that does goes on. */
export async function runContainer(daemon: Daemon, name: string, options: CallOptions): Promise<void> {
  try {
    await daemon.call({ ...options, what: `start ${name}`, changes: true }, (client, abortSignal) =>
      client.getContainer(name).start({ abortSignal }),
    );
  } catch (error) {
    // It runs already.
    if (isRefusal(error, 304)) return;
    throw DockerRefusedError.isInstance(error) ? explainFailure(error) : error;
  }
}

async function createContainer(daemon: Daemon, container: ContainerCreateOptions): Promise<void> {
  const { name } = container;
  try {
    await daemon.call({ what: `create ${name}`, changes: true }, async (client, abortSignal) => {
      await client.createContainer({ ...container, abortSignal });
    });
  } catch (error) {
    if (!DockerRefusedError.isInstance(error)) throw error;
    if (error.status !== 409) throw explainFailure(error);
    throw localError(`expected no container ${name}, but there is one; give every attempt a new name`, {
      cause: error,
    });
  }
}
