import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { currentContext, DEFAULT_CONTEXT, readContext, readTls } from "./docker-context.ts";
import type { DockerEndpoint } from "./docker-endpoint.ts";
import { parseEndpoint } from "./parse-endpoint.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const USUAL_SOCKET = "/var/run/docker.sock";

/**
 * The daemon that `docker` would use, unless `host` names one. Where neither the environment nor a context names one and the usual
 * socket is not there, that of a rootless daemon or of Docker Desktop counts too.
 *
 * @throws ProviderError when what names the daemon cannot be understood.
 */
export function findEndpoint(host: string | undefined, env: Environment = process.env): DockerEndpoint {
  const named = namedEndpoint(host, env);
  if (named !== undefined) return named;
  const socketPath = usualSockets(env).find(isSocket) ?? USUAL_SOCKET;
  return { kind: "unix", url: `unix://${socketPath}`, socketPath };
}

/** The daemon that `host`, the environment or a context names, in this order. */
export function namedEndpoint(host: string | undefined, env: Environment): DockerEndpoint | undefined {
  const configurationFolder = env.DOCKER_CONFIG || join(home(env), ".docker");
  const url = host ?? env.DOCKER_HOST;
  if (url) {
    const demandsTls = Boolean(env.DOCKER_TLS_VERIFY) && !/^(unix|ssh):/.test(url);
    return parseEndpoint(
      url,
      demandsTls ? (readTls(env.DOCKER_CERT_PATH || configurationFolder) ?? {}) : undefined,
    );
  }
  const context = env.DOCKER_CONTEXT || currentContext(configurationFolder);
  return context === DEFAULT_CONTEXT ? undefined : readContext(configurationFolder, context);
}

/** Where daemons of this machine listen. */
export function usualSockets(env: Environment): readonly string[] {
  const { XDG_RUNTIME_DIR: runtimeFolder } = env;
  return [
    USUAL_SOCKET,
    ...(runtimeFolder ? [join(runtimeFolder, "docker.sock")] : []),
    join(home(env), ".docker", "run", "docker.sock"),
  ];
}

function home(env: Environment): string {
  return env.HOME || homedir();
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
