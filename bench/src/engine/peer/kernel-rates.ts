import type { BatchJob, BatchTimes, KernelProgram } from "../kernel-program.ts";
import type { Rates } from "./llama-bench.ts";

/** A job by LM Lite's kernels alone, whose `answerTokens` count without the first token, which ends the prompt's step. */
export async function kernelRates(
  kernels: KernelProgram,
  job: BatchJob,
): Promise<Rates & Pick<BatchTimes, "weightBytes">> {
  const { batch, promptTokens, answerTokens } = job;
  const times = await kernels.run({ ...job, answerTokens: answerTokens + 1 });
  return {
    prompt: (batch * promptTokens) / times.promptSeconds,
    answer: (batch * answerTokens) / (times.seconds - times.promptSeconds),
    weightBytes: times.weightBytes,
  };
}
