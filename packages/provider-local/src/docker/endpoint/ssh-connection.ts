import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import type { DockerEndpoint } from "./docker-endpoint.ts";

const CONNECT_TIMEOUT_SECONDS = 30;

/**
 * Connections as `docker` makes them: the user's own `ssh`, with its configuration, keys and known hosts, runs the other machine's
 * `docker`, which passes the daemon's socket on.
 */
export class SshConnections extends Agent {
  readonly #endpoint: DockerEndpoint & { readonly kind: "ssh" };

  constructor(endpoint: DockerEndpoint & { readonly kind: "ssh" }) {
    super({ keepAlive: false });
    this.#endpoint = endpoint;
  }

  override createConnection(): Duplex {
    const { host, port, user, socketPath } = this.#endpoint;
    const child = spawn(
      "ssh",
      [
        ...["-T", "-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_TIMEOUT_SECONDS}`],
        ...(user === undefined ? [] : ["-l", user]),
        ...(port === undefined ? [] : ["-p", String(port)]),
        ...["--", host, "docker"],
        ...(socketPath === undefined ? [] : ["--host", `unix://${socketPath}`]),
        ...["system", "dial-stdio"],
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
    });
    const connection = new Duplex({
      read: () => void child.stdout.resume(),
      // What cannot be written any more, the end of ssh explains.
      write: (chunk, encoding, done) => void child.stdin.write(chunk, encoding, () => done()),
      final: (done) => void child.stdin.end(() => done()),
      destroy: (error, done) => {
        child.kill();
        done(error);
      },
    });
    child.stdout.on("data", (chunk) => {
      if (!connection.push(chunk)) child.stdout.pause();
    });
    child.stdin.on("error", () => {});
    child.once("error", (cause) => connection.destroy(broken(cause.message, cause)));
    child.once("close", (code) => {
      if (code === 0 || connection.readableEnded) connection.push(null);
      else connection.destroy(broken(said.trim() || `ssh ended with exit code ${code}`));
    });
    return connection;
  }
}

/** What was written may have arrived all the same, so it must not look like a connection that never came about. */
function broken(reason: string, cause?: unknown): Error {
  return Object.assign(new Error(reason, { cause }), { code: "ECONNRESET" });
}
