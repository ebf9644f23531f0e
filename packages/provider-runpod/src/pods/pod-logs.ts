import { type LogOptions, ProviderError, type ProviderNode } from "@conduit/types";
import type { RunpodApi } from "../api/runpod-api.ts";
import type { Pause } from "../pause.ts";
import { type LogEvent, logEvents } from "./log-events.ts";
import { RepeatedLines } from "./repeated-lines.ts";

/** As many lines of the past as RunPod gives. */
const MOST_TAIL_LINES = 5_000;
/**
 * Looks without a line after which those of the past have all come, since RunPod does not say where they end, and milliseconds between looks. There are
 * several, so that what a busy program has not read yet is read in between.
 */
const QUIET_LOOKS = 6;
const LOOK_MS = 500;
/** Time in milliseconds until a stream is asked for again that has ended while its pod goes on. */
const RECONNECT_MS = 1_000;

export interface PodLogContext {
  readonly api: RunpodApi;
  readonly podId: string;
  /** The pod as it is now. */
  readonly getNode: (options: { readonly signal: AbortSignal }) => Promise<ProviderNode | undefined>;
  /** Between requests. */
  readonly pause: Pause;
  /** Between looks for more lines. */
  readonly logPause: Pause;
}

/** The lines of a pod's containers. RunPod keeps the newest 5000. */
export async function* podLogs(
  context: PodLogContext,
  { follow = false, tailLines = MOST_TAIL_LINES, signal }: LogOptions,
): AsyncGenerator<string, void, undefined> {
  const left = new AbortController();
  const ending = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const lines = new RepeatedLines();
  try {
    for (;;) {
      const stream = await openLog(context, { tailLines, since: lines.at }, ending);
      lines.resume();
      const events = follow
        ? untilCut(logEvents(stream), ending)
        : untilQuiet(logEvents(stream), context.logPause);
      for await (const event of events) if (lines.isNew(event)) yield event.line;
      if (!follow || !(await goesOn(context, ending))) return;
      await context.pause(RECONNECT_MS, ending);
    }
  } finally {
    left.abort();
  }
}

async function openLog(
  { api, podId }: PodLogContext,
  { tailLines, since }: { readonly tailLines: number; readonly since: string | undefined },
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  return api.open(
    {
      kind: "read",
      what: `give the log of pod ${podId}`,
      method: "GET",
      path: `/v2/pods/${encodeURIComponent(podId)}/logs`,
      query: {
        source: "container",
        ...(since === undefined ? { tail: Math.min(tailLines, MOST_TAIL_LINES) } : { since }),
      },
    },
    { signal },
  );
}

/** Whether a pod's log may get more lines. */
async function goesOn({ getNode }: PodLogContext, signal: AbortSignal): Promise<boolean> {
  const status = (await getNode({ signal }))?.status;
  return status === "running" || status === "creating";
}

/** What comes until the connection is lost, which is no failure as long as the pod goes on. */
async function* untilCut(
  events: AsyncIterable<LogEvent>,
  signal: AbortSignal,
): AsyncGenerator<LogEvent, void, undefined> {
  try {
    yield* events;
  } catch (error) {
    signal.throwIfAborted();
    if (ProviderError.isInstance(error)) throw error;
  }
}

/** What comes until nothing has come for a while. */
async function* untilQuiet(
  events: AsyncGenerator<LogEvent>,
  pause: Pause,
): AsyncGenerator<LogEvent, void, undefined> {
  for (;;) {
    const waiting = new AbortController();
    const next = events.next();
    next.catch(() => {});
    const result = await Promise.race([next, quiet(pause, waiting.signal)]).finally(() => waiting.abort());
    if (result === undefined || result.done) return;
    yield result.value;
  }
}

async function quiet(pause: Pause, signal: AbortSignal): Promise<undefined> {
  for (let look = 0; look < QUIET_LOOKS && !signal.aborted; look++) {
    await pause(LOOK_MS, signal).catch(() => {});
  }
  return undefined;
}
