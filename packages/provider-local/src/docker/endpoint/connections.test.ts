import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LocalProvider } from "../../local-provider.ts";
import { DockerDaemon, noDocker } from "../../testing/docker-daemon.ts";
import { DockerFixture } from "../../testing/docker-fixture.ts";
import { DockerUnreachableError } from "../errors/docker-unreachable-error.ts";

describe("a Docker daemon", { skip: noDocker }, () => {
  let daemon: DockerDaemon;
  let scope: string;
  before(async () => {
    daemon = await DockerDaemon.start({ network: false });
    scope = await new DockerFixture(daemon, false).provider().scope();
  });
  after(() => daemon[Symbol.asyncDispose]());

  const providerOf = (host: string) => new LocalProvider({ mode: "docker", docker: { host } });

  test("is reached over TCP", async () => {
    const server = createServer((client) => {
      const socket = createConnection(daemon.socketPath);
      client.pipe(socket).pipe(client);
      client.on("error", () => {});
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      assert.equal(await providerOf(`tcp://127.0.0.1:${port}`).scope(), scope);
    } finally {
      server.close();
    }
  });

  test("is reached as DOCKER_HOST says", async () => {
    const { DOCKER_HOST: before } = process.env;
    process.env.DOCKER_HOST = daemon.host;
    try {
      assert.equal(await new LocalProvider({ mode: "docker" }).scope(), scope);
      // Others are not mistaken for it.
      await assert.rejects(providerOf("unix:///not/there.sock").scope(), { code: "DOCKER_UNREACHABLE" });
      await assert.rejects(providerOf("tcp://127.0.0.1:1").scope(), { code: "DOCKER_UNREACHABLE" });
      const automatic = new LocalProvider({ mode: "auto" });
      assert.deepEqual([automatic.mode, await automatic.scope()], ["docker", scope]);
      assert.equal(
        new LocalProvider({ mode: "auto", docker: { host: "unix:///not/there.sock" } }).mode,
        "process",
      );
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    }
  });

  test("is reached through ssh, which runs docker at the other end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "conduit-ssh-"));
    const { PATH: path } = process.env;
    // Stands for ssh, the other machine and its docker: passes the socket on as `docker system dial-stdio` does.
    const dial = `require("net").connect(process.argv[1]).on("connect", function () {
      process.stdin.pipe(this).pipe(process.stdout);
    }).on("error", (error) => { console.error(error.message); process.exit(1); })`;
    const script = `#!/bin/sh
      case "$*" in
        *"-l me -p 2222 -- gpu.example docker --host unix:///there.sock system dial-stdio") ;;
        *) echo "no route to host, asked for $*" >&2; exit 255 ;;
      esac
      exec '${process.execPath}' -e '${dial}' '${daemon.socketPath}'\n`;
    await writeFile(join(folder, "ssh"), script);
    await chmod(join(folder, "ssh"), 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
    try {
      const provider = providerOf("ssh://me@gpu.example:2222/there.sock");
      assert.equal(await provider.scope(), scope);
      assert.deepEqual(await provider.listNodes("conduit-"), []);
      const fixture = new DockerFixture(daemon, false);
      // The other machine's loopback is not ours.
      await assert.rejects(
        provider.createNode(fixture.spec()),
        /expected docker\.publishAddress to be an address/,
      );
      await assert.rejects(providerOf("ssh://elsewhere").scope(), (error) => {
        assert(DockerUnreachableError.isInstance(error), String(error));
        assert.match(error.message, /no route to host/);
        return true;
      });
    } finally {
      process.env.PATH = path;
      await rm(folder, { recursive: true });
    }
  });
});
