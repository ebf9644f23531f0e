// Answers every request at once with 200 bytes, in a process of its own. Prints its port once it listens, and ends with its parent.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify({ text: "x".repeat(200) });

const server = createServer((request, response) => {
  request.resume().once("end", () => response.setHeader("content-type", "application/json").end(body));
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().once("end", () => process.exit());
