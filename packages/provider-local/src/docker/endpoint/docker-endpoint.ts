/** Keys of a connection over TLS, in PEM. */
export interface DockerTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** How a Docker daemon is reached. */
export type DockerEndpoint = { readonly url: string } & (
  | { readonly kind: "unix"; readonly socketPath: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      readonly tls?: DockerTls | undefined;
    }
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly port?: number | undefined;
      readonly user?: string | undefined;
      /** Socket at the other end, where it is not the usual one. */
      readonly socketPath?: string | undefined;
    }
);

/** Whether the daemon's machine is this one, so that its loopback, files and GPUs are ours. */
export function isOnThisMachine(endpoint: DockerEndpoint): boolean {
  if (endpoint.kind === "unix") return true;
  return endpoint.kind === "tcp" && /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(endpoint.host);
}
