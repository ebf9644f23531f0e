/** A port of a pod, as a URL of the proxy names it. */
export interface PodAddress {
  readonly podId: string;
  readonly containerPort: number;
  /** What the pod is asked for, with its query. */
  readonly path: string;
}

/** `/proxy/<pod>-<port>/…`: where a name with a pod in it leads nowhere. */
const IN_PATH = /^\/proxy\/([a-z0-9]+)-(\d+)(\/.*|\?.*|)$/;
/** `<pod>-<port>.…`, as RunPod has it. */
const IN_HOST = /^([a-z0-9]+)-(\d+)\./;

/** The pod that a request is for; `undefined` where it is for the API. */
export function podAddressOf(url: string, host = ""): PodAddress | undefined {
  const inPath = IN_PATH.exec(url);
  const found = inPath ?? IN_HOST.exec(host);
  const [, podId, port] = found ?? [];
  if (podId === undefined || port === undefined) return undefined;
  const path = inPath === null ? url : (inPath[3] ?? "");
  return { podId, containerPort: Number(port), path: path.startsWith("/") ? path : `/${path}` };
}
