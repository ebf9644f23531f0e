import type { CallOptions } from "@conduit/types";
import { LineSplitter } from "../line-splitter.ts";
import { localError } from "../local-error.ts";
import { type Daemon, isRefusal } from "./daemon.ts";
import { DockerRefusedError } from "./errors/docker-refused-error.ts";
import { ImageNotFoundError } from "./errors/image-not-found-error.ts";
import { explainFailure, explainReason } from "./explain-failure.ts";
import { PullProgress } from "./pull-progress.ts";

/** Time in milliseconds until Docker has found the image at its registry. */
const RESOLVE_TIMEOUT_MS = 120_000;

/** Digest of an image that the daemon has: the registry's, or that of its configuration where no registry has it. */
export async function findImage(
  daemon: Daemon,
  image: string,
  options: CallOptions,
): Promise<string | undefined> {
  const found = await daemon.find(
    { ...options, what: `look at the image ${image}`, changes: false },
    (client) => client.getImage(image).inspect(),
  );
  return found && (found.RepoDigests?.[0]?.split("@").at(-1) ?? found.Id);
}

/** A pull that Docker has begun: the rest of what it says, which `signal` ends together with the pull. */
export type Pull = AsyncIterable<Buffer>;

/**
 * Lets Docker begin to pull an image.
 *
 * @throws ImageNotFoundError
 */
export async function beginPull(daemon: Daemon, image: string, signal: AbortSignal): Promise<Pull> {
  const what = `pull the image ${image}`;
  try {
    return await daemon.open(
      { what, changes: false, timeoutMs: RESOLVE_TIMEOUT_MS, signal },
      async (client, abortSignal) => bytesOf(await client.pull(image, { abortSignal })),
    );
  } catch (error) {
    if (!DockerRefusedError.isInstance(error)) throw error;
    throw isMissing(error)
      ? new ImageNotFoundError(image, error.reason, { cause: error })
      : explainFailure(error);
  }
}

/**
 * Waits until a pull is over, and tells how far it is.
 *
 * @throws NotEnoughDiskError, or ProviderError with what Docker says.
 */
export async function finishPull(
  image: string,
  pull: Pull,
  onProgress: (progress: string) => void,
): Promise<void> {
  const progress = new PullProgress();
  const lines = new LineSplitter();
  for await (const chunk of pull) {
    for (const line of lines.push(chunk)) {
      await progress.note(line).catch((cause: Error) => {
        const failure = `expected Docker to pull the image ${image}, but: ${cause.message}`;
        throw explainReason(cause.message, cause) ?? localError(failure, { cause, retry: "later" });
      });
    }
    onProgress(progress.toString());
  }
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk);
}

/** Registries answer alike for what is not there and for what needs a login; a registry that is not there is not heard of. */
function isMissing(error: DockerRefusedError): boolean {
  return (
    isRefusal(error, 404) ||
    isRefusal(error, 403) ||
    /no such host|not found|denied|unauthorized|manifest unknown/i.test(error.reason)
  );
}
