import { join } from "node:path";
import type { PodHistory, PodMounts } from "../world/pod-record.ts";
import type { LaunchedPod, LaunchedVolume } from "./pod-launcher.ts";

/** Secrets of the account, by their names. */
export type Secrets = Readonly<Record<string, string>>;

/** What all pods have in common. */
export interface PodHost {
  /** Holds the world. */
  readonly directory: string;
  readonly secrets: Secrets;
}

/** What a pod's container is given: secrets in the place of their names, its volumes, and what RunPod adds. */
export function launchedPod({ record }: PodHistory, { directory, secrets }: PodHost): LaunchedPod {
  const { id, request, podKey, dataCenterId } = record;
  const env = Object.entries(request.env ?? {}).map(([name, value]) => [name, withSecrets(value, secrets)]);
  return {
    id,
    image: request.image ?? "",
    args: request.args ?? "",
    env: {
      ...Object.fromEntries(env),
      RUNPOD_POD_ID: id,
      RUNPOD_API_KEY: podKey,
      RUNPOD_DC_ID: dataCenterId,
      RUNPOD_GPU_COUNT: String(request.gpu?.count ?? 1),
    },
    volumes: volumesOf(id, request.mounts ?? {}, directory),
  };
}

function volumesOf(id: string, { persistent, network = [] }: PodMounts, directory: string): LaunchedVolume[] {
  const own = persistent === undefined ? [] : [{ path: persistent.path, name: id }];
  const shared = network.map(({ path, volumeId: name }) => ({ path, name }));
  return [...own, ...shared].map(({ path, name }) => ({ path, folder: join(directory, "volumes", name) }));
}

function withSecrets(value: string, secrets: Secrets): string {
  return value.replace(
    /\{\{ *RUNPOD_SECRET_(\w+) *\}\}/g,
    (reference, name: string) => secrets[name] ?? reference,
  );
}
