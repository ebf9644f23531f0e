// A node's program for tests, which keeps to what `ProcessCommand` demands: a small HTTP server that ends with its last holder.
//
//   holder-server.ts <port file> <holders socket>
//
// FIXTURE_KEY             bearer key that everything but /health demands
// FIXTURE_READY_AFTER_MS  time until /health says that it is ready
// FIXTURE_LISTEN_AFTER_MS time until it listens at all
// FIXTURE_FAIL_AFTER_MS   time after which it logs a reason and exits with code 3
// FIXTURE_MODEL_FAILURE   failure that /health reports
// FIXTURE_STUBBORN        does not react to SIGTERM
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";

const [portFile = "", holdersSocket = ""] = process.argv.slice(2);
const startedAtMs = performance.now();
const readyAfterMs = Number(process.env.FIXTURE_READY_AFTER_MS ?? 0);
const idleTimeoutMs = Number(process.env.CONDUIT_IDLE_TIMEOUT_SECONDS ?? 0) * 1000;
const maxLifetimeSeconds = process.env.CONDUIT_MAX_LIFETIME_SECONDS;

let holders = 0;
let idle: NodeJS.Timeout | undefined;

function join(): void {
  holders++;
  clearTimeout(idle);
}

function leave(): void {
  if (--holders === 0) idle = endAfter(idleTimeoutMs);
}

/** Timers cannot wait longer than 2^31 - 1 milliseconds, some 25 days. */
function endAfter(durationMs: number): NodeJS.Timeout | undefined {
  return durationMs < 2 ** 31 ? setTimeout(() => end(0), durationMs) : undefined;
}

const holdersServer = createSocketServer((socket) => {
  join();
  socket.on("error", () => {});
  socket.on("close", leave);
  socket.resume();
  socket.write("\n");
});

function end(exitCode: number): void {
  holdersServer.close();
  rmSync(holdersSocket, { force: true });
  process.exit(exitCode);
}

join();
process.stdin.on("error", leave).on("end", leave).resume();
if (process.env.FIXTURE_STUBBORN === undefined) process.on("SIGTERM", () => end(0));
else process.on("SIGTERM", () => console.log("ignoring SIGTERM"));
if (maxLifetimeSeconds !== undefined) endAfter(Number(maxLifetimeSeconds) * 1000);
if (process.env.FIXTURE_FAIL_AFTER_MS !== undefined) {
  setTimeout(() => {
    console.error("out of luck");
    end(3);
  }, Number(process.env.FIXTURE_FAIL_AFTER_MS));
}

const server = createServer((request, response) => {
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (request.url === "/health") {
    const ready = performance.now() - startedAtMs >= readyAfterMs;
    return answer(200, { ready, failure: process.env.FIXTURE_MODEL_FAILURE });
  }
  const key = process.env.FIXTURE_KEY;
  if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) return answer(401, {});
  answer(200, { pid: process.pid, holders });
});

console.log("starting");
holdersServer.listen(holdersSocket, () => {
  setTimeout(
    () => {
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        writeFileSync(portFile, String(port));
        console.log("listening");
      });
    },
    Number(process.env.FIXTURE_LISTEN_AFTER_MS ?? 0),
  );
});
