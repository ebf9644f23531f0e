// The program of the containers of the tests.
//
// GET /        who it runs as, what it may do, and the secret that it was handed
// GET /write   which of the paths it can write
// GET /log     logs a line on both outputs, the second one in two pieces
// GET /exit    ends with the code ?code
// GET /fill    takes ?mib of memory
//
// SERVER_STUBBORN  does not react to SIGTERM
// SERVER_EXIT_CODE ends at once with it
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const filled: Buffer[] = [];

if (process.env.SERVER_EXIT_CODE !== undefined) {
  console.error("out of luck");
  process.exit(Number(process.env.SERVER_EXIT_CODE));
}
process.on("SIGTERM", () => {
  if (process.env.SERVER_STUBBORN === undefined) process.exit(0);
  console.log("ignoring SIGTERM");
});

function describe() {
  const status = readFileSync("/proc/self/status", "utf8");
  const { SERVER_KEY, SERVER_KEY_FILE } = process.env;
  return {
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    capabilities: /^CapBnd:\s*(\S+)/m.exec(status)?.[1],
    noNewPrivileges: /^NoNewPrivs:\s*(\S+)/m.exec(status)?.[1],
    key: SERVER_KEY_FILE === undefined ? SERVER_KEY : readFileSync(SERVER_KEY_FILE, "utf8"),
    env: process.env,
  };
}

function writable(path: string): boolean {
  try {
    writeFileSync(`${path}/written`, "");
    return true;
  } catch {
    return false;
  }
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
  const answer = (body: unknown) => response.end(JSON.stringify(body));
  switch (pathname) {
    case "/write":
      return answer({ paths: searchParams.getAll("path").filter(writable) });
    case "/log":
      process.stderr.write("half of ");
      process.stdout.write("one line\n");
      await delay(20);
      process.stderr.write("another line\n");
      return answer({});
    case "/exit":
      answer({});
      console.log("asked to exit");
      return process.exit(Number(searchParams.get("code")));
    case "/fill":
      for (let mib = Number(searchParams.get("mib")); mib > 0; mib--) filled.push(Buffer.alloc(2 ** 20, mib));
      return answer({});
    default:
      return answer(describe());
  }
});

server.listen(8000, "0.0.0.0", () => console.log("listening"));
