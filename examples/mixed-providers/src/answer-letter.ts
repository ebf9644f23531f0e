import { pipe } from "@conduit/blocks";
import { LMLiteBlock } from "@conduit/lm-lite";
import type { CallOptions, ComputeProvider } from "@conduit/types";
import { Anonymous, Answer, Letter } from "./letter.ts";

/** A model, and who lends the machine that it runs on. */
export interface Place {
  /** Hugging Face id, or path of a folder in Hugging Face layout. */
  readonly model: string;
  readonly provider: ComputeProvider;
}

export interface AnswerLetterOptions extends CallOptions {
  /** Who sees the letter as it is. */
  readonly trusted: Place;
  /** Who sees it without names. */
  readonly capable: Place;
  readonly letter: Letter;
  readonly say: (line: string) => void;
}

/** Answers a letter by two models that run at two providers. Both are deleted when it ends, however it ends. */
export async function answerLetter({
  trusted,
  capable,
  letter,
  say,
  signal,
}: AnswerLetterOptions): Promise<Answer> {
  await using cleanup = new AsyncDisposableStack();
  // One after the other, so that neither is under way when the other fails; both load at the same time all the same.
  const small = await deploy(trusted);
  const large = await deploy(capable);
  await Promise.all([small.untilReady(), large.untilReady()]);

  const anonymise = small.lm.block({
    model: trusted.model,
    input: Letter,
    output: Anonymous,
    guidance: "Repeat the letter without names, addresses and numbers.",
    name: "Anonymise",
  });
  const answer = large.lm.block({
    model: capable.model,
    input: Anonymous,
    output: Answer,
    guidance: "Answer the letter in two sentences.",
    name: "Answer",
  });
  return await pipe(anonymise, answer).run(letter, { signal });

  async function deploy({ model, provider }: Place) {
    const onProgress = (message: string) => say(`${provider.name}: ${message}`);
    const lm = cleanup.use(
      await LMLiteBlock.deploy({
        models: [{ id: model, maxModelLen: 2048, maxModelConcurrency: 4 }],
        provider,
        maxLifetimeSeconds: 3600,
        onProgress,
        signal,
      }),
    );
    cleanup.defer(() => lm.delete());
    return { lm, untilReady: () => lm.untilReady({ timeoutSeconds: 1200, onProgress, signal }) };
  }
}
