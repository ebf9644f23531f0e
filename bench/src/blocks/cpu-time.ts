import { quantile } from "../report/statistics.ts";
import type { Task } from "../speed/interleaved.ts";

/** CPU time of one turn of a task. */
const TURN_MS = 20;
const WARM_UP_RUNS = 20_000;

/** CPU time of this thread for one run of each task, in nanoseconds: the first quartile of the rounds, in which tasks take turns. */
export async function cpuTimesNs(tasks: readonly Task[], rounds: number): Promise<readonly number[]> {
  const timed = [];
  for (const task of tasks) {
    await timeRuns(task, WARM_UP_RUNS);
    const perRunNs = await timeRuns(task, WARM_UP_RUNS);
    const runs = Math.max(1, Math.round((TURN_MS * 1e6) / perRunNs));
    timed.push({ task, runs, samples: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { task, runs, samples } of timed) samples.push(await timeRuns(task, runs));
  }
  return timed.map(({ samples }) => quantile(samples, 0.25));
}

async function timeRuns(task: Task, runs: number): Promise<number> {
  const before = process.threadCpuUsage();
  for (let run = 0; run < runs; run++) await task.run();
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1e3) / runs;
}
