import { availableParallelism } from "node:os";
import { LineProgram } from "./line-program.ts";
import type { Quantization } from "./lm-lite.ts";
import { pathOf } from "./programs.ts";

/** Prompts of a batch, and an answer to each. */
export interface BatchJob {
  readonly batch: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** What a job took. */
export interface BatchTimes {
  readonly seconds: number;
  /** Of the seconds, those until all prompts were computed and had their first token. */
  readonly promptSeconds: number;
  /** Of the weights that a step of decoding reads. */
  readonly weightBytes: number;
}

/** The kernels alone: native/models/examples/batch-throughput.rs. */
export class KernelProgram implements Disposable {
  readonly #program: LineProgram;

  constructor(modelFolder: string, quantization: Quantization | undefined = undefined) {
    const args = [modelFolder, String(availableParallelism())];
    if (quantization !== undefined) args.push(quantization);
    this.#program = new LineProgram(pathOf("BATCH_THROUGHPUT_BIN"), args);
  }

  async run({ batch, promptTokens, answerTokens }: BatchJob): Promise<BatchTimes> {
    const task = { batch, prompt_tokens: promptTokens, answer_tokens: answerTokens };
    const { seconds, prompt_seconds, weight_bytes } = (await this.#program.ask(task)) as {
      seconds: number;
      prompt_seconds: number;
      weight_bytes: number;
    };
    return { seconds, promptSeconds: prompt_seconds, weightBytes: weight_bytes };
  }

  [Symbol.dispose](): void {
    this.#program[Symbol.dispose]();
  }
}
