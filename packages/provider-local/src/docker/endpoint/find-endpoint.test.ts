import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ProviderError } from "@conduit/types";
import { isOnThisMachine } from "./docker-endpoint.ts";
import { findEndpoint, usualSockets } from "./find-endpoint.ts";
import { isDockerAtHand } from "./is-docker-at-hand.ts";
import { parseEndpoint } from "./parse-endpoint.ts";

/** A home of its own, with files by their path. */
async function withHome(
  files: Readonly<Record<string, unknown>>,
  body: (home: string) => Promise<void> | void,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "ch-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await writeFile(join(home, path), text);
    }
    await body(home);
  } finally {
    await rm(home, { recursive: true });
  }
}

const idOf = (context: string) => createHash("sha256").update(context).digest("hex");

/** As `docker context create` writes it. */
function contextFiles(name: string, host: string) {
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  return { [`.docker/contexts/meta/${idOf(name)}/meta.json`]: meta };
}

test("a daemon is named by its URL", () => {
  assert.deepEqual(parseEndpoint("unix:///run/docker.sock"), {
    kind: "unix",
    url: "unix:///run/docker.sock",
    socketPath: "/run/docker.sock",
  });
  const tcp = parseEndpoint("tcp://127.0.0.1");
  assert.deepEqual([tcp.kind === "tcp" && tcp.port, isOnThisMachine(tcp)], [2375, true]);
  const far = parseEndpoint("tcp://gpu.example:1234", { ca: "ca" });
  assert(far.kind === "tcp");
  assert.deepEqual(
    [far.host, far.port, far.tls, isOnThisMachine(far)],
    ["gpu.example", 1234, { ca: "ca" }, false],
  );
  assert.deepEqual(parseEndpoint("ssh://me@gpu.example:2222/run/user/1000/docker.sock"), {
    kind: "ssh",
    url: "ssh://me@gpu.example:2222/run/user/1000/docker.sock",
    host: "gpu.example",
    port: 2222,
    user: "me",
    socketPath: "/run/user/1000/docker.sock",
  });
  for (const url of ["", "docker", "unix://docker.sock", "ftp://example", "tcp://"]) {
    assert.throws(
      () => parseEndpoint(url),
      (error) => ProviderError.isInstance(error) && error.message.includes(`found "${url}"`),
    );
  }
});

test("options come before the environment, that before contexts, those before the usual sockets", () =>
  withHome(
    {
      ...contextFiles("far", "tcp://far.example:2376"),
      ...contextFiles("near", "unix:///near.sock"),
      ".docker/config.json": { currentContext: "near" },
      [`.docker/contexts/tls/${idOf("far")}/docker/ca.pem`]: "the ca",
    },
    (home) => {
      const urlOf = (env: Record<string, string>, host?: string) =>
        findEndpoint(host, { HOME: home, ...env }).url;
      assert.equal(urlOf({}), "unix:///near.sock");
      assert.equal(urlOf({ DOCKER_CONTEXT: "far" }), "tcp://far.example:2376");
      assert.equal(urlOf({ DOCKER_CONTEXT: "far", DOCKER_HOST: "unix:///host.sock" }), "unix:///host.sock");
      assert.equal(urlOf({ DOCKER_HOST: "unix:///host.sock" }, "unix:///option.sock"), "unix:///option.sock");
      assert.match(urlOf({ DOCKER_CONTEXT: "default" }), /docker\.sock$/);
      const far = findEndpoint(undefined, { HOME: home, DOCKER_CONTEXT: "far" });
      assert.deepEqual(far.kind === "tcp" && far.tls, { ca: "the ca", cert: undefined, key: undefined });
      assert.throws(() => urlOf({ DOCKER_CONTEXT: "nowhere" }), /expected a Docker context "nowhere"/);
    },
  ));

test("keys for TLS come from where DOCKER_CERT_PATH says", () =>
  withHome({ "keys/ca.pem": "the ca" }, (home) => {
    const env = {
      HOME: home,
      DOCKER_HOST: "tcp://far.example",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: join(home, "keys"),
    };
    const endpoint = findEndpoint(undefined, env);
    assert(endpoint.kind === "tcp");
    assert.deepEqual([endpoint.port, endpoint.tls?.ca], [2376, "the ca"]);
  }));

test("a rootless daemon is found by its socket", () =>
  withHome({}, async (home) => {
    const socketPath = join(home, "docker.sock");
    const env = { HOME: home, XDG_RUNTIME_DIR: home };
    assert.deepEqual(usualSockets(env).slice(0, 2), ["/var/run/docker.sock", socketPath]);
    const server = createServer().listen(socketPath);
    await once(server, "listening");
    try {
      const found = findEndpoint(undefined, env).url;
      assert.match(found, /^unix:\/\/(\/var\/run\/docker\.sock|.*ch-.*\/docker\.sock)$/);
      assert.equal(isDockerAtHand({}, env), true);
    } finally {
      server.close();
    }
    assert.equal(isDockerAtHand({ host: "unix:///not/there.sock" }, env), false);
    assert.equal(isDockerAtHand({ host: "tcp://far.example" }, env), true);
  }));

test("a configuration that cannot be read is named", () =>
  withHome({ ".docker/config.json": "{" }, (home) => {
    assert.throws(() => findEndpoint(undefined, { HOME: home }), /expected JSON in .*config\.json, but/);
  }));
