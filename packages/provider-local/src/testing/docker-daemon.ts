import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import Docker from "dockerode";
import { until } from "./fixture.ts";

const START_TIMEOUT_MS = 60_000;
/** Capabilities of capabilities(7), by their bit. */
const NEEDED_CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 };

const programs = { dockerd: findProgram("dockerd"), ip: findProgram("ip") };

/** Why there is no Docker daemon for the tests on this machine, for those that need one to say so. */
export const noDocker = explainAbsence();

/**
 * Runs dockerd until its input ends, which it does with this process however that ends. Then it ends the daemon, which takes its
 * containers along, and removes everything of it; after the word `keep` it leaves its data.
 */
const guard = `
  ip=$1 bridge=$2 subnet=$3 folder=$4; shift 4
  if [ "$bridge" != none ]; then
    "$ip" link add name "$bridge" type bridge && "$ip" address add "$subnet" dev "$bridge" && "$ip" link set "$bridge" up
  fi
  "$@" > "$folder/log" 2>&1 < /dev/null &
  daemon=$!
  word=
  read -r word
  kill "$daemon"
  wait "$daemon"
  [ "$bridge" = none ] || "$ip" link delete "$bridge"
  [ "$word" = keep ] && exit
  grep -o " $folder/[^ ]*" /proc/self/mounts | sort -r | while read -r mount; do umount -l "$mount"; done
  rm -rf "$folder"
`;

let daemonCount = 0;

export interface DockerDaemonOptions {
  /** Whether containers have a network; default `true`. */
  readonly network?: boolean;
}

/** A Docker daemon of its own, reached over a Unix socket, with its own data, that ends with this process however that ends. */
export class DockerDaemon implements AsyncDisposable {
  /** Holds everything of it. */
  readonly folder = mkdtempSync(join(tmpdir(), "conduit-docker-"));
  readonly #bridge: string;
  readonly #subnet: string;
  #guard: ReturnType<typeof spawn> | undefined;

  static async start({ network = true }: DockerDaemonOptions = {}): Promise<DockerDaemon> {
    const daemon = new DockerDaemon(network);
    await daemon.start();
    return daemon;
  }

  private constructor(network: boolean) {
    const id = process.pid * 8 + daemonCount++;
    // Names of interfaces have 15 characters at most. The addresses are those of RFC 2544, which no real network has.
    this.#bridge = network ? `cdt${id.toString(36)}` : "none";
    this.#subnet = `198.${18 + (Math.floor(id / 256) % 2)}.${id % 256}.1/24`;
    writeFileSync(join(this.folder, "daemon.json"), "{}");
  }

  get socketPath(): string {
    return join(this.folder, "docker.sock");
  }

  /** As `DOCKER_HOST` has it. */
  get host(): string {
    return `unix://${this.socketPath}`;
  }

  get client(): Docker {
    return new Docker({ host: undefined, socketPath: this.socketPath });
  }

  /** Starts it, with the data that it had when it was stopped. */
  async start(): Promise<void> {
    const { dockerd = "dockerd", ip = "ip" } = programs;
    const inFolder = (name: string) => join(this.folder, name);
    const namespace = `conduit-tests-${process.pid}-${this.#bridge}`;
    const guarded = [
      dockerd,
      ...["--config-file", inFolder("daemon.json"), "--pidfile", inFolder("pid"), "--host", this.host],
      ...["--data-root", inFolder("data"), "--exec-root", inFolder("exec"), "--bridge", this.#bridge],
      ...["--containerd-namespace", namespace, "--containerd-plugins-namespace", `${namespace}-plugins`],
      // Ports are published by a program of Docker's then, which is enough for loopback.
      ...["--iptables=false", "--ip6tables=false", "--shutdown-timeout", "1"],
    ];
    this.#guard = spawn("sh", ["-c", guard, "sh", ip, this.#bridge, this.#subnet, this.folder, ...guarded], {
      stdio: ["pipe", "ignore", "inherit"],
      detached: true,
    });
    this.#guard.unref();
    const answers = () =>
      this.client.ping().then(
        () => true,
        () => false,
      );
    await until("the Docker daemon to answer", answers, START_TIMEOUT_MS).catch((cause) => {
      throw new Error(`the Docker daemon did not start:\n${readFileSync(inFolder("log"), "utf8")}`, {
        cause,
      });
    });
  }

  /** Ends it, and keeps its data. */
  async stop(): Promise<void> {
    await this.#end("keep\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("");
  }

  async #end(word: string): Promise<void> {
    const guarding = this.#guard;
    if (guarding === undefined || guarding.exitCode !== null) return;
    guarding.stdin?.end(word);
    await once(guarding, "exit");
  }
}

function explainAbsence(): string | false {
  if (process.platform !== "linux") return "dockerd runs on Linux";
  if (programs.dockerd === undefined) return "dockerd is not installed (Debian: docker.io)";
  if (programs.ip === undefined) return "ip is not installed (Debian: iproute2)";
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  for (const [name, bit] of Object.entries(NEEDED_CAPABILITIES)) {
    if (((BigInt(`0x${capabilities}`) >> BigInt(bit)) & 1n) === 0n) {
      return `this user may not run dockerd: it has no ${name}`;
    }
  }
  return false;
}

/** On the PATH, or where Debian puts programs of administrators. */
function findProgram(name: string): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The libraries that a program needs, as absolute paths. */
export function librariesOf(program: string): readonly string[] {
  const output = execFileSync("ldd", [program], { encoding: "utf8" });
  return output.match(/\/\S+/g) ?? [];
}
