import { randomUUID } from "node:crypto";
import type { CallOptions, NodeSpec } from "@conduit/types";
import { localError } from "../local-error.ts";
import { requireNodeName } from "../node-name.ts";
import type { ContainerSettings } from "./container-options.ts";
import { type Creation, forgetCreation, rememberCreation } from "./creation.ts";
import { creatorLabel } from "./creator.ts";
import type { Daemon } from "./daemon.ts";
import { readDaemonInfo } from "./daemon-info.ts";
import type { DockerOptions } from "./docker-options.ts";
import { DockerAnswerLostError } from "./errors/docker-answer-lost-error.ts";
import { ImageNotFoundError } from "./errors/image-not-found-error.ts";
import { findContainer } from "./find-container.ts";
import type { GpuDevice } from "./gpu/gpu-device.ts";
import { prepareHost } from "./host-settings.ts";
import { beginPull, findImage, finishPull, type Pull } from "./image.ts";
import {
  ATTEMPT_LABEL,
  CLAIM_LABEL,
  CREATED_LABEL,
  CREATOR_LABEL,
  GPUS_LABEL,
  IMAGE_DIGEST_LABEL,
} from "./labels.ts";
import { findClaim, makeClaim, makeFailedClaim, removeClaim } from "./node-claim.ts";
import { removeAbandonedFolders, removeNode } from "./remove-node.ts";
import { startContainer } from "./start-container.ts";

const DEFAULT_PULL_TIMEOUT_SECONDS = 3600;

export interface NodeCreatorOptions {
  readonly daemon: Daemon;
  readonly docker: DockerOptions;
  /** Chooses the GPUs of a node, among those that no other node of the daemon has. */
  readonly chooseGpus: (spec: NodeSpec, options: CallOptions) => Promise<readonly GpuDevice[]>;
}

/** Creates nodes: at once where Docker has their image, in the background of this process while it pulls that. */
export class NodeCreator {
  readonly #daemon: Daemon;
  readonly #docker: DockerOptions;
  readonly #chooseGpus: NodeCreatorOptions["chooseGpus"];
  #lastClaim: Promise<void> = Promise.resolve();

  constructor({ daemon, docker, chooseGpus }: NodeCreatorOptions) {
    this.#daemon = daemon;
    this.#docker = docker;
    this.#chooseGpus = chooseGpus;
  }

  get pullTimeoutMs(): number {
    return (this.#docker.pullTimeoutSeconds ?? DEFAULT_PULL_TIMEOUT_SECONDS) * 1000;
  }

  /** Returns once the daemon runs the node's container, or pulls its image, and everybody finds the node. */
  async create(spec: NodeSpec, options: CallOptions): Promise<void> {
    const { name, workload } = spec;
    requireNodeName(name);
    const daemon = this.#daemon;
    if ((await findContainer(daemon, name, options)) !== undefined) {
      throw localError(`expected no node ${name}, but there is one; give every attempt a new name`);
    }
    await removeAbandonedFolders(daemon, options);
    const info = await readDaemonInfo(daemon, options);
    const host = await prepareHost(daemon.endpoint, info, this.#docker, workload.requirements);
    const abort = new AbortController();
    const { signal } = options;
    const onAbort = () => abort.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const imageDigest = await findImage(daemon, workload.image, options);
      const pull =
        imageDigest === undefined ? await beginPull(daemon, workload.image, abort.signal) : undefined;
      const progress = pull === undefined ? "starting container" : "pulling image";
      const attempt = randomUUID();
      const creation: Creation = { spec, attempt, host, abort, progress, labels: {}, gpus: [] };
      rememberCreation(creation);
      await this.#begin(creation, imageDigest, pull);
    } catch (error) {
      // Ends a pull that has begun.
      abort.abort();
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #begin(creation: Creation, imageDigest: string | undefined, pull: Pull | undefined): Promise<void> {
    const { signal } = creation.abort;
    try {
      await this.#claim(creation);
      signal.throwIfAborted();
      if (pull === undefined) await this.#start(creation, imageDigest);
      signal.throwIfAborted();
    } catch (error) {
      const failure = await this.#undo(creation, error);
      forgetCreation(creation);
      throw failure;
    }
    if (pull === undefined) {
      forgetCreation(creation);
      return;
    }
    creation.finished = this.#finish(creation, pull)
      .catch((error) => this.#fail(creation, error))
      // The daemon is not there to tell; everybody finds the claim again with it.
      .catch(() => {})
      .finally(() => forgetCreation(creation));
  }

  /** Chooses the GPUs and writes down, visible to everybody, that they are taken; one node after the other. */
  #claim(creation: Creation): Promise<void> {
    const { spec, attempt, abort } = creation;
    const claimed = this.#lastClaim.then(async () => {
      creation.gpus = await this.#chooseGpus(spec, { signal: abort.signal });
      creation.labels = {
        [ATTEMPT_LABEL]: attempt,
        [CREATOR_LABEL]: await creatorLabel(),
        [CREATED_LABEL]: String(Date.now()),
        ...(creation.gpus.length > 0 && { [GPUS_LABEL]: creation.gpus.map(({ uuid }) => uuid).join(",") }),
      };
      abort.signal.throwIfAborted();
      await makeClaim(this.#daemon, claimOf(creation));
    });
    this.#lastClaim = claimed.catch(() => {});
    return claimed;
  }

  async #finish(creation: Creation, pull: Pull): Promise<void> {
    const { spec, abort } = creation;
    const { image } = spec.workload;
    const tooLate = setTimeout(() => {
      abort.abort(localError(`expected the pull of ${image} to take ${this.pullTimeoutMs / 1000} s at most`));
    }, this.pullTimeoutMs);
    try {
      await finishPull(image, pull, (progress) => {
        creation.progress = progress;
      });
      abort.signal.throwIfAborted();
    } catch (error) {
      // The stream of an aborted pull ends, or breaks, and does not say why.
      abort.signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(tooLate);
    }
    creation.progress = "starting container";
    const imageDigest = await findImage(this.#daemon, image, {});
    if (imageDigest === undefined) throw new ImageNotFoundError(image, "it was pulled, but is not there");
    await this.#start(creation, imageDigest);
  }

  /** @throws ProviderError when somebody has terminated the node. */
  async #start({ spec, host, labels, gpus }: Creation, imageDigest: string | undefined): Promise<void> {
    const settings: ContainerSettings = {
      ...host,
      labels: { ...labels, ...(imageDigest !== undefined && { [IMAGE_DIGEST_LABEL]: imageDigest }) },
      gpus,
      publishPorts: this.#docker.publishPorts ?? {},
      mounts: this.#docker.mounts ?? [],
      readOnlyRoot: this.#docker.readOnlyRoot ?? true,
    };
    if (await startContainer(this.#daemon, spec, settings)) return;
    throw localError(`expected to start node ${spec.name}, but somebody has terminated it`);
  }

  /** Removes what has been made of a node, and gives the failure to tell. */
  async #undo(creation: Creation, error: unknown): Promise<unknown> {
    try {
      if (await this.#isThere(creation)) {
        await removeNode(this.#daemon, creation.spec.name, { graceSeconds: 0 });
      }
      return error;
    } catch (failure) {
      const reason = `${messageOf(error)}; and then: ${messageOf(failure)}`;
      return new DockerAnswerLostError(`create node ${creation.spec.name}`, reason, { cause: error });
    }
  }

  /** Lets everybody see that a node will never run, unless somebody has terminated it. */
  async #fail(creation: Creation, error: unknown): Promise<void> {
    const { name } = creation.spec;
    const container = await findContainer(this.#daemon, name, {});
    // Docker itself shows why it could not start a container.
    if (container !== undefined && container.State.Error !== "") return;
    if (!(await this.#isThere(creation))) return;
    if (container === undefined && !(await removeClaim(this.#daemon, name, {}))) return;
    await removeNode(this.#daemon, name, { graceSeconds: 0 });
    await makeFailedClaim(this.#daemon, claimOf(creation), messageOf(error));
  }

  /** Whether claim or container of this very attempt are there. */
  async #isThere({ spec, attempt }: Creation): Promise<boolean> {
    const claim = await findClaim(this.#daemon, spec.name, {});
    if (claim?.labels[ATTEMPT_LABEL] === attempt) return true;
    const container = await findContainer(this.#daemon, spec.name, {});
    return container?.Config.Labels[ATTEMPT_LABEL] === attempt;
  }
}

function claimOf({ spec: { name }, labels }: Creation) {
  return { name, labels: { ...labels, [CLAIM_LABEL]: name } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
