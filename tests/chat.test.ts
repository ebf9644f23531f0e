import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { LMLiteBlock, type Message } from "@conduit/lm-lite";
import { chat } from "../examples/chat/src/chat.ts";
import { API_KEY, type Engine, required, startEngine } from "./support/engine.ts";
import { ExamplePlace } from "./support/example-program.ts";
import { WebServer } from "./support/web-server.ts";

const CTRL_C = "\x03";

test("lines that are piped in are answered until /exit, and nothing but answers is written", async () => {
  await using place = new ExamplePlace();
  const program = place.start("chat");
  program.stdin.end("Hello\n\nHow are you?\n/exit\nThis is not asked\n");
  const [answers, told, [exitCode]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, "exit"),
  ]);
  assert.equal(exitCode, 0, told);
  assert.match(told, /^ready$/m);
  // A model with random weights may have nothing to say; the line ends all the same.
  assert.match(answers, /\n.*\n$/s);
  assert.doesNotMatch(answers, /(?!\n|\t)\p{Cc}/u);
  await place.assertEmpty();
});

for (const [moment, question] of [
  ["at the prompt", undefined],
  ["after a question", "Hello\r"],
] as const) {
  test(`Ctrl-C in a terminal ${moment} ends the chat, and the engine`, async () => {
    await using place = new ExamplePlace();
    const program = place.start("chat", [], { terminal: true });
    program.stderr.resume();
    const exited = once(program, "exit");
    let shown = "";
    for await (const chunk of program.stdout) {
      const isPrompted = shown.includes("> ");
      shown += String(chunk);
      if (isPrompted || !shown.includes("> ")) continue;
      if (question !== undefined) program.stdin.write(question);
      program.stdin.write(CTRL_C);
    }
    assert.deepEqual(await exited, [130, null], shown);
    await place.assertEmpty();
  });
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} while the engine starts leaves none behind`, async () => {
    await using place = new ExamplePlace();
    const program = place.start("chat");
    program.stdout.resume();
    const exited = once(program, "exit");
    let told = "";
    for await (const chunk of program.stderr) {
      if (told === "") program.kill(signal);
      told += String(chunk);
    }
    assert.deepEqual(await exited, [code, null], told);
    await place.assertEmpty();
  });
}

describe("a conversation", () => {
  const asked: (readonly Message[])[] = [];
  /** What the engine sent for each question. */
  const sent: string[] = [];
  let engine: Engine;
  /** Stands before the engine, and takes down what it is told. */
  let witness: WebServer;
  before(async () => {
    engine = await startEngine([`${required("RANDOM_MODEL")}=m`], "--max-model-len", "4096");
    witness = await WebServer.start(async (request, response) => {
      const body = await text(request);
      asked.push((JSON.parse(body) as { readonly messages: readonly Message[] }).messages);
      const { authorization = "" } = request.headers;
      const headers = { authorization, "content-type": "application/json" };
      const answer = await fetch(`${engine.baseUrl}${request.url}`, { method: "POST", headers, body });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body ?? []) {
        chunks.push(chunk);
        response.write(chunk);
      }
      sent.push(Buffer.concat(chunks).toString());
      response.end();
    });
  });
  after(async () => {
    await witness[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  test("is told to the model with each question, is shown while it is written, and outlives an error", async () => {
    const shown: string[][] = [];
    async function* questions() {
      yield "What is a block?";
      yield "   ";
      yield `Too long: ${"word ".repeat(5000)}`;
      yield " And a pipe? ";
      yield "And why?";
      yield "/exit";
      yield "This is not asked";
    }
    await chat({
      lm: LMLiteBlock.connect({ baseUrl: witness.url, apiKey: API_KEY }),
      model: "m",
      questions: questions(),
      prompt: () => shown.push([]),
      write: (piece) => shown.at(-1)?.push(piece),
    });
    const [first = [], blank, refused, second = [], third = [], ...none] = shown;
    assert.deepEqual([blank, none], [[], [[]]]);
    assert.match(refused?.join("") ?? "", /4096/);

    const contents = asked.map((messages) => messages.map(({ content }) => content));
    assert.deepEqual(contents[0], ["What is a block?"]);
    const answerOf = (pieces: readonly string[]) => pieces.slice(0, -1).join("");
    assert.deepEqual(
      contents.at(-1)?.map((content) => content.replaceAll(/(?![\n\t])\p{Cc}/gu, "\ufffd")),
      ["What is a block?", answerOf(first), "And a pipe?", answerOf(second), "And why?"],
    );

    const answered = sent.filter((answer) => answer.startsWith("data:"));
    for (const [index, pieces] of [first, second, third].entries()) {
      const sentPieces = answered[index]?.match(/"content":"[^"]/g)?.length ?? 0;
      // Random weights may end at once.
      if (sentPieces > 8) assert.ok(pieces.length > 4, pieces.join("|"));
    }
  });
});
