import type { ReadinessProbe } from "./deploy-request.ts";

/** A probe to which a node is ready once a path answers with a 2xx status. */
export function probeHealthPath(path: string): ReadinessProbe {
  return async ({ baseUrl, key }, { signal }) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${baseUrl}${path}`, { signal, headers });
    await response.body?.cancel();
    return { ready: response.ok };
  };
}
