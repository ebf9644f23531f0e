// npm run bench:routing [-- --rounds 50] [--json]: what a request through the router takes, beside the same request without it.
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EndpointRouter, type EndpointRouterOptions } from "@conduit/deployment";
import { median, quantile } from "./report/statistics.ts";
import { table } from "./report/table.ts";
import { type Contender, timeRequests } from "./routing/time-requests.ts";

const REQUESTS_PER_TURN = 200;
const WARM_UP_ROUNDS = 5;
const CONCURRENCIES = [1, 16, 64];
const NODES = 3;

const METHOD = `One HTTP server in another process answers at once with 200 bytes, over connections that are kept. "direct" is fetch, until the answer is read; "router" is the same fetch
between acquire() and release() of a router with ${NODES} nodes, all of them that server, so that nothing but the router differs; "limited" is a router that lets
each node have a quarter as many requests at a time as are sent, so that some wait in its queue. Contenders take turns of ${REQUESTS_PER_TURN} requests; the first ${WARM_UP_ROUNDS} rounds are left
out. p50 and p99 are of all requests; CPU is the median of the turns, of this process alone, by request: what other work on the machine disturbs least. Microseconds; "x" is
against direct.`;

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "50" }, json: { type: "boolean", default: false } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`expected --rounds 1 or more, found ${flags.rounds}`);
}

interface Result {
  readonly concurrency: number;
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

const program = fileURLToPath(new URL("routing/answering-server.ts", import.meta.url));
const server = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
const port = await firstLine(server.stdout);
const url = `http://127.0.0.1:${port}`;
const results: Result[] = [];
for (const concurrency of CONCURRENCIES) {
  const maxOutstandingPerNode = Math.max(1, Math.floor(concurrency / 4));
  const contenders = [
    { name: "direct", send },
    throughRouter("router", {}),
    throughRouter("limited", { maxOutstandingPerNode }),
  ];
  const options = {
    rounds,
    warmUpRounds: WARM_UP_ROUNDS,
    requestsPerTurn: REQUESTS_PER_TURN,
    concurrency,
  };
  for (const { name, latenciesMs, cpuMsPerRequest } of await timeRequests(contenders, options)) {
    const [p50Ms, p99Ms] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
    results.push({ concurrency, name, p50Ms, p99Ms, cpuMs: median(cpuMsPerRequest) });
  }
}
server.kill();

if (flags.json) {
  console.log(JSON.stringify({ rounds, requestsPerTurn: REQUESTS_PER_TURN, results }));
} else {
  console.log(`${METHOD}\n\n${cpus()[0]?.model.trim()}, node ${process.versions.node}, ${rounds} rounds\n`);
  const head = ["", "at a time", "p50", "x", "p99", "x", "CPU", "x"];
  console.log(table(head, results.map(cellsOf)));
}

function cellsOf(result: Result): string[] {
  const isDirect = ({ concurrency, name }: Result) => concurrency === result.concurrency && name === "direct";
  const direct = results.find(isDirect);
  const beside = (ms: number, directMs = Number.NaN) => [(ms * 1_000).toFixed(0), (ms / directMs).toFixed(2)];
  return [
    result.name,
    String(result.concurrency),
    ...beside(result.p50Ms, direct?.p50Ms),
    ...beside(result.p99Ms, direct?.p99Ms),
    ...beside(result.cpuMs, direct?.cpuMs),
  ];
}

async function firstLine(stream: Readable): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("expected the server to print its port, but it ended");
}

async function send(): Promise<void> {
  const response = await fetch(url, { method: "POST", body: "{}" });
  await response.text();
}

function throughRouter(name: string, options: EndpointRouterOptions): Contender {
  const router = new EndpointRouter(options);
  router.setNodes(
    Array.from({ length: NODES }, (_, index) => {
      const node = `node-${index}`;
      const endpoint = { nodeName: node, baseUrl: url, key: "" };
      return { name: node, ready: true, endpoint, probe: async () => true };
    }),
  );
  return {
    name,
    async send() {
      using _ = await router.acquire();
      await send();
    },
  };
}
