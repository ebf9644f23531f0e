import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import {
  consoleReporter,
  map,
  parallel,
  pipe,
  retry,
  SupportsShellCommand,
  SystemCommandBlock,
} from "../index.ts";
import { Count, countLetters, deaf, repeat, TestBlock, Text } from "../testing/blocks.ts";

/** What is drawn, with the times, which differ, as `<time>`. */
async function drawn(
  run: (reporter: ReturnType<typeof consoleReporter>) => Promise<unknown>,
): Promise<string> {
  let text = "";
  const stream = {
    write(piece: string) {
      text += piece;
    },
  };
  await run(consoleReporter({ stream })).catch(() => {});
  return text.replaceAll(/\d+(\.\d+)? m?s\b/g, "<time>");
}

const Both = Type.Object({ a: Count, b: Count });
const paid = new TestBlock(
  Text,
  Count,
  ({ text }, { emit }) => {
    emit({ type: "usage", usage: { inputTokens: 7, outputTokens: 2, totalTokens: 9 } });
    return { count: text.length };
  },
  { name: "Paid" },
);

describe("the console reporter", () => {
  test("says why a result is a failure", async () => {
    const shell = new SystemCommandBlock(SupportsShellCommand);
    const run = retry(shell, { maxRetries: 1, delaySeconds: 0, when: () => false });
    const text = await drawn((reporter) => run.run({ shellCommand: "exit 3" }, { observers: [reporter] }));
    const reason = "failed: The command exited with code 3.";
    assert.equal(
      text,
      `retry(SystemCommandBlock)  <time>  ${reason}\n└─ SystemCommandBlock  <time>  ${reason}\n`,
    );
  });

  test("draws a run as a tree with times and tokens", async () => {
    const block = pipe(
      parallel({ a: paid, b: countLetters }),
      new TestBlock(Both, Text, () => ({ text: "" })),
    );
    const text = await drawn((reporter) => block.run({ text: "ab" }, { observers: [reporter] }));
    assert.equal(
      text,
      [
        "pipe(parallel(a: Paid, b: CountLetters), TestBlock)  <time>  7 + 2 tokens",
        "├─ parallel(a: Paid, b: CountLetters)  <time>  7 + 2 tokens",
        "│  ├─ Paid  <time>  7 + 2 tokens",
        "│  └─ CountLetters  <time>",
        "└─ TestBlock  <time>",
        "",
      ].join("\n"),
    );
  });

  test("says what failed, and what was aborted", async () => {
    const failing = new TestBlock(Text, Count, () => Promise.reject(new RangeError("no\nsecond line")), {
      name: "Failing",
    });
    const other = deaf();
    const text = await drawn((reporter) =>
      parallel({ failing, other }).run({ text: "" }, { observers: [reporter] }),
    );
    assert.match(text, /^├─ Failing {2}<time> {2}RangeError: no$/m);
    assert.match(text, /^└─ TestBlock {2}<time> {2}aborted$/m);
  });

  test("leaves out most of very many parts", async () => {
    const texts = Array.from({ length: 100 }, () => ({ count: 1 }));
    const text = await drawn((reporter) => map(repeat).run(texts, { observers: [reporter] }));
    assert.equal(text.split("\n").length, 23);
    assert.match(text, /^└─ and 80 more$/m);
  });
});
