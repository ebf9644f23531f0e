import type Docker from "dockerode";
import type { DockerEndpoint } from "./docker-endpoint.ts";
import { SshConnections } from "./ssh-connection.ts";

/** A client of the daemon; nothing is asked of it yet. */
export async function connect(endpoint: DockerEndpoint): Promise<Docker> {
  // Loaded late: it is large, and whoever runs processes never needs it.
  const { default: Client } = await import("dockerode");
  // What is absent here, dockerode would take from the environment.
  switch (endpoint.kind) {
    case "unix":
      return new Client({ host: undefined, port: undefined, socketPath: endpoint.socketPath });
    case "tcp": {
      const { host, port, tls } = endpoint;
      return new Client({ ...NO_TLS, ...tls, host, port, protocol: tls === undefined ? "http" : "https" });
    }
    case "ssh": {
      const options = { ...NO_TLS, host: endpoint.host, port: 80, protocol: "http" as const };
      return new Client(Object.assign(options, { agent: new SshConnections(endpoint) }));
    }
  }
}

const NO_TLS = { ca: undefined, cert: undefined, key: undefined };
