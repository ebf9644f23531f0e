import type { ServerResponse } from "node:http";
import { EPOCH_MS } from "../clock.ts";
import type { PodHistory } from "../world/pod-record.ts";
import { statusAt } from "../world/pod-status.ts";
import type { Call } from "./call.ts";
import type { Pods } from "./pods.ts";

/** How often a stream looks for new lines, in real time. */
const LOOK_EVERY_MS = 50;
const DEFAULT_TAIL = 100;

interface LogLine {
  readonly source: "container" | "system";
  readonly line: string;
  readonly atMs: number;
}

/** Streams a pod's log as server-sent events until the client has enough, or the pod does not run any more. */
export function streamLogs(pods: Pods, history: PodHistory, { query, headers }: Call) {
  const { id } = history.record;
  const source = query.get("source");
  const tail = Number(query.get("tail") ?? DEFAULT_TAIL);
  const [cursor] = [headers["last-event-id"] ?? query.get("since") ?? []].flat();
  const lines = () => linesOf(pods, id).filter((line) => source === null || line.source === source);
  return (response: ServerResponse) => {
    const known = lines();
    const fromMs = cursor === undefined ? undefined : Date.parse(cursor.replace(/\/\d+$/, "")) - EPOCH_MS;
    const older = known.filter(({ atMs }) => fromMs !== undefined && atMs < fromMs).length;
    let sent = fromMs === undefined ? Math.max(0, known.length - tail) : older;
    const look = () => {
      for (const line of lines().slice(sent)) response.write(eventOf(line, ++sent));
      if (!goesOn(pods, id)) response.end();
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    response.on("close", () => clearInterval(timer));
    look();
  };
}

/** Programs do not say when they wrote a line: each counts as written a millisecond after the one before, so that times are cursors. */
function linesOf(pods: Pods, id: string): LogLine[] {
  const history = pods.folders.get(id);
  if (history === undefined) return [];
  const { createdAtMs, request } = history.record;
  const system = `create container ${request.image}`;
  const written = pods.linesOf(id).map((line) => ({ source: "container", line }) as const);
  return [{ source: "system", line: system } as const, ...written].map((line, index) => ({
    ...line,
    atMs: createdAtMs + index,
  }));
}

function goesOn(pods: Pods, id: string): boolean {
  const history = pods.folders.get(id);
  const status = history && statusAt(history, pods.clock.nowMs());
  return status === "PROVISIONING" || status === "STARTING" || status === "RUNNING";
}

function eventOf({ source, line, atMs }: LogLine, number: number): string {
  const ts = new Date(EPOCH_MS + atMs).toISOString();
  const id = `${ts}/${String(number).padStart(12, "0")}`;
  return `id: ${id}\ndata: ${JSON.stringify({ ts, source, line })}\n\n`;
}
