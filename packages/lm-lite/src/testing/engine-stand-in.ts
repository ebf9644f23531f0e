// Answers as an engine does whose model repeats what it is told, word by word. At SIGTERM it ends what it has begun.
//
//   engine-stand-in.ts <port, or 0> <milliseconds until the first word> <milliseconds from word to word>
//
// Prints its port once it listens.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { chunk, refusal, usageChunk } from "./scripted-endpoint.ts";

const [port, firstWordMs, wordMs] = process.argv.slice(2).map(Number);
let isDraining = false;
let outstanding = 0;

const server = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  if (request.url === "/health") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ready: !isDraining, models: [{ id: "m", state: "ready" }] }));
  } else if (isDraining) {
    response.setHeader("retry-after", "1");
    refusal(503, { message: "this server is shutting down", code: "shutting_down" })(response, request);
  } else {
    outstanding++;
    response.once("close", () => {
      outstanding--;
      endIfDone();
    });
    const { messages } = JSON.parse(body) as { messages: readonly { content: string }[] };
    await repeat(messages.at(-1)?.content ?? "", response);
  }
});

async function repeat(text: string, response: ServerResponse): Promise<void> {
  const send = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.setHeader("content-type", "text/event-stream");
  send(chunk({ role: "assistant", content: "" }));
  await delay(firstWordMs);
  for (const word of text.split(/(?<= )/)) {
    send(chunk({ content: word }));
    await delay(wordMs);
  }
  send(chunk({}, "stop"));
  send(usageChunk(1, 1));
  response.end("data: [DONE]\n\n");
}

function endIfDone(): void {
  if (isDraining && outstanding === 0) process.exit();
}

process.once("SIGTERM", () => {
  isDraining = true;
  endIfDone();
});
server.listen(port, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
