import { LineProgram } from "./line-program.ts";
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
}

/** The kernels alone: native/models/examples/batch-throughput.rs. */
export class KernelProgram implements Disposable {
  readonly #program: LineProgram;

  constructor(modelFolder: string) {
    this.#program = new LineProgram(pathOf("BATCH_THROUGHPUT_BIN"), [modelFolder]);
  }

  async run({ batch, promptTokens, answerTokens }: BatchJob): Promise<BatchTimes> {
    const task = { batch, prompt_tokens: promptTokens, answer_tokens: answerTokens };
    const times = (await this.#program.ask(task)) as { seconds: number; prompt_seconds: number };
    return { seconds: times.seconds, promptSeconds: times.prompt_seconds };
  }

  [Symbol.dispose](): void {
    this.#program[Symbol.dispose]();
  }
}
