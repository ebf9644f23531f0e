import { median } from "../report/statistics.ts";

/** What a benchmark times: one call is one run of the work. */
export interface Task {
  readonly name: string;
  run(): unknown;
}

/** Time of one run of a task, over the rounds. */
export interface Timing {
  readonly name: string;
  readonly rounds: number;
  readonly medianMs: number;
  /** Half of the rounds lie between these. */
  readonly lowerQuartileMs: number;
  readonly upperQuartileMs: number;
}

/** Shortest time that one round of one task shall take, so that the clock's steps do not matter. */
const ROUND_MS = 20;
/** Time of one run from which a task is timed once only. */
const ONCE_MS = 2_000;

/** Times tasks round by round, each once per round in turns, so that what disturbs the machine disturbs all of them. */
export async function timeInterleaved(tasks: readonly Task[], rounds: number): Promise<readonly Timing[]> {
  const timed = [];
  for (const task of tasks) timed.push({ task, ...(await warmUp(task)) });
  for (let round = 0; round < rounds; round += 1) {
    // Turns start elsewhere each round, so that no task always follows the same one.
    for (let turn = 0; turn < timed.length; turn += 1) {
      const entry = timed[(round + turn) % timed.length];
      if (entry === undefined || entry.once) continue;
      entry.samples.push(await timeRuns(entry.task, entry.runs));
    }
  }
  return timed.map(({ task, samples }) => timing(task.name, samples));
}

async function warmUp(task: Task): Promise<{ runs: number; samples: number[]; once: boolean }> {
  for (let runs = 1; ; runs *= 2) {
    const perRunMs = await timeRuns(task, runs);
    if (perRunMs > ONCE_MS) return { runs, samples: [perRunMs], once: true };
    if (perRunMs * runs >= ROUND_MS) return { runs, samples: [], once: false };
  }
}

async function timeRuns(task: Task, runs: number): Promise<number> {
  const startMs = performance.now();
  for (let run = 0; run < runs; run += 1) {
    const result = task.run();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - startMs) / runs;
}

function timing(name: string, samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    name,
    rounds: samples.length,
    medianMs: median(samples),
    lowerQuartileMs: at(0.25),
    upperQuartileMs: at(0.75),
  };
}
