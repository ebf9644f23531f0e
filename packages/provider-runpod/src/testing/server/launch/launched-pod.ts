import type { PodHistory } from "../world/pod-record.ts";
import type { LaunchedPod } from "./pod-launcher.ts";

/** Secrets of the account, by their names. */
export type Secrets = Readonly<Record<string, string>>;

/** What a pod's container is given: secrets in the place of their names, what RunPod adds, and what a test does. */
export function launchedPod(
  { record }: PodHistory,
  secrets: Secrets,
  added: Readonly<Record<string, string>>,
): LaunchedPod {
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
      ...added,
    },
  };
}

function withSecrets(value: string, secrets: Secrets): string {
  return value.replace(
    /\{\{ *RUNPOD_SECRET_(\w+) *\}\}/g,
    (reference, name: string) => secrets[name] ?? reference,
  );
}
