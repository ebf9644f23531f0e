// A pod's program for tests: shows what it was given, and what it is asked. It ends by itself after ten minutes, whatever became of the test.
//
//   echo-program.ts <port file> <holders socket>
//
// GET /stream  answers a line at once, and never ends
// GET /never   never answers
// GET /exit    ends the program
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const [portFile = ""] = process.argv.slice(2);
setTimeout(() => process.exit(0), 600_000);

const server = createServer(async (request, response) => {
  if (request.url === "/never") return;
  if (request.url === "/exit") process.exit(3);
  if (request.url === "/stream") {
    response.write("first line\n");
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const { method, url } = request;
  console.log(`${method} ${url}`);
  response.end(JSON.stringify({ pid: process.pid, method, url, body, env: process.env }));
});

console.log("starting");
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") writeFileSync(portFile, String(address.port));
});
