import { setTimeout as delay } from "node:timers/promises";
import { docker } from "./docker.ts";

const POLL_MS = 5;
const LONGEST_START_MS = 120_000;

/** Milliseconds from before `docker run`. */
export interface StartTimes {
  /** Until it has returned. */
  readonly containerMs: number;
  /** Until the engine answers. */
  readonly healthMs: number;
  /** Until it has loaded its model. */
  readonly readyMs: number;
}

/** Starts a container that serves the model of a folder, and removes it again. */
export async function timeStart(image: string, model: string): Promise<StartTimes> {
  const models = JSON.stringify([{ id: "/model", max_model_len: 1024 }]);
  const startMs = performance.now();
  const container = docker(
    "run",
    ...["--detach", "--read-only", "--cap-drop", "ALL", "--cpus", "1", "--memory", "512m"],
    ...["--volume", `${model}:/model:ro`, "--publish", "127.0.0.1::8000"],
    ...["--env", `MODELS=${models}`, "--env", "LM_LITE_API_KEY=benchmark"],
    image,
  );
  const containerMs = performance.now() - startMs;
  try {
    const url = `http://${docker("port", container, "8000")}/health`;
    let healthMs: number | undefined;
    while (performance.now() - startMs < LONGEST_START_MS) {
      const ready = await askReady(url);
      const nowMs = performance.now() - startMs;
      if (ready !== undefined) healthMs ??= nowMs;
      if (ready === true) return { containerMs, healthMs: healthMs ?? nowMs, readyMs: nowMs };
      await delay(POLL_MS);
    }
    throw new Error(`expected the engine to be ready, but it was not:\n${docker("logs", container)}`);
  } finally {
    docker("rm", "--force", container);
  }
}

/** `undefined` where nobody answers. */
async function askReady(url: string): Promise<boolean | undefined> {
  try {
    const health: unknown = await (await fetch(url)).json();
    return Object.assign({ ready: false }, health).ready === true;
  } catch {
    return undefined;
  }
}
