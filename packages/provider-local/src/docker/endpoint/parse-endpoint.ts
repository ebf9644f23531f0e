import { localError } from "../../local-error.ts";
import type { DockerEndpoint, DockerTls } from "./docker-endpoint.ts";

/**
 * A daemon's URL as `DOCKER_HOST` and Docker's contexts have it.
 *
 * @throws ProviderError when it is none.
 */
export function parseEndpoint(url: string, tls?: DockerTls | undefined): DockerEndpoint {
  if (url.startsWith("unix://")) {
    const socketPath = url.slice("unix://".length);
    if (socketPath.startsWith("/")) return { kind: "unix", url, socketPath };
  }
  const parsed = URL.parse(url);
  const { hostname: host = "", port = "", username = "", pathname = "" } = parsed ?? {};
  if (host !== "") {
    switch (parsed?.protocol) {
      case "tcp:":
      case "http:":
      case "https:": {
        const secure = tls !== undefined || parsed.protocol === "https:";
        const usualPort = secure ? 2376 : 2375;
        return {
          kind: "tcp",
          url,
          host,
          port: port === "" ? usualPort : Number(port),
          tls: secure ? (tls ?? {}) : undefined,
        };
      }
      case "ssh:":
        return {
          kind: "ssh",
          url,
          host,
          port: port === "" ? undefined : Number(port),
          user: username === "" ? undefined : decodeURIComponent(username),
          socketPath: pathname.length > 1 ? pathname : undefined,
        };
    }
  }
  throw localError(
    `expected the address of a Docker daemon such as unix:///var/run/docker.sock, tcp://127.0.0.1:2375 or ssh://user@host, but found "${url}"`,
  );
}
