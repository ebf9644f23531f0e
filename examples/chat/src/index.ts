import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { LMLiteBlock } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { CHAT_MODEL_LEN, chat } from "./chat.ts";

const { values } = parseArgs({ options: { model: { type: "string" } } });
const model = values.model ?? process.env.CONDUIT_MODEL;
if (model === undefined) {
  console.error("Name a model: --model <Hugging Face id or folder>, or CONDUIT_MODEL.");
  process.exit(2);
}

const interrupted = new AbortController();
const { signal } = interrupted;
for (const [name, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(name, () => {
    process.exitCode = exitCode;
    interrupted.abort();
  });
}

try {
  await using lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: CHAT_MODEL_LEN, maxModelConcurrency: 1 }],
    provider: new LocalProvider(),
    signal,
  });
  await lm.untilReady({ onProgress: console.error, signal });

  const { stdin: input, stdout: output } = process;
  // Of lines that are piped in, only the answers are written.
  const terminal = createInterface({ input, output, prompt: input.isTTY ? "> " : "", signal });
  let isOpen = true;
  terminal.once("close", () => {
    isOpen = false;
  });
  // A terminal that edits lines gives Ctrl-C as a key.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    await chat({
      lm,
      model,
      questions: terminal,
      prompt: () => {
        if (isOpen) terminal.prompt();
      },
      write: (text) => output.write(text),
      signal,
    });
  } finally {
    terminal.close();
  }
} catch (error) {
  if (!signal.aborted) throw error;
}
