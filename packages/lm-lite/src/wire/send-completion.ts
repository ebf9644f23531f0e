import type { EndpointLease, EndpointSource } from "../endpoint.ts";
import type { StreamEvent } from "../responses.ts";
import { ChunkCollector } from "./chunk-collector.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { notBegun } from "./not-begun.ts";
import type { SendOptions } from "./server-sent-events.ts";
import { streamCompletion } from "./stream-completion.ts";

/**
 * Sends a request to whoever begins to answer it. It moves on only while nothing of an answer has come; an engine that it leaves
 * behind gives it up, since its client has gone.
 *
 * No endpoint is tried more than twice, and the only one that there is a second time only where its connection was closed, as one
 * is that was kept open from before the engine was started again. The last failure is the one to tell.
 */
export async function* sendCompletion(
  source: EndpointSource,
  request: CompletionRequest,
  options: SendOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const failedNodes: string[] = [];
  let failure: unknown;
  for (;;) {
    const lease = await acquire();
    const { nodeName } = lease.endpoint;
    const collector = new ChunkCollector();
    try {
      return yield* streamCompletion(lease.endpoint, request, { ...options, collector });
    } catch (error) {
      const reason = collector.isEmpty ? notBegun(error) : undefined;
      if (reason === undefined) throw error;
      lease.fail?.(error);
      const isOnly = lease.fail === undefined && reason !== "closed";
      if (isOnly || failedNodes.includes(nodeName)) throw error;
      failedNodes.push(nodeName);
      failure = error;
    } finally {
      lease.release();
    }
  }

  async function acquire(): Promise<EndpointLease> {
    const { signal } = options;
    try {
      return await source.acquire({ signal, avoid: failedNodes });
    } catch (error) {
      signal?.throwIfAborted();
      throw failure ?? error;
    }
  }
}
