import type { NodeEndpoint, ReadinessReport } from "@conduit/deployment";
import { ofetch } from "ofetch";
import { Type } from "typebox";
import { Compile } from "typebox/compile";

const Health = Compile(
  Type.Object({
    ready: Type.Boolean(),
    models: Type.Array(
      Type.Object({ id: Type.String(), state: Type.String(), error: Type.Optional(Type.String()) }),
    ),
  }),
);

/** Asks an engine how far its models are. */
export async function probeHealth(
  { baseUrl }: Pick<NodeEndpoint, "baseUrl">,
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadinessReport> {
  const health: unknown = await ofetch(`${baseUrl}/health`, {
    retry: false,
    ignoreResponseError: true,
    signal,
  });
  if (!Health.Check(health)) throw new TypeError(`${baseUrl}/health did not answer as lm-lite does.`);
  const failed = health.models.filter((model) => model.state === "failed");
  if (failed.length > 0) {
    return {
      ready: false,
      failure: failed.map(({ id, error }) => `${id}: ${error ?? "failed to load"}`).join("; "),
    };
  }
  const waiting = health.models.filter((model) => model.state !== "ready");
  return {
    ready: health.ready,
    progress: waiting.length > 0 ? waiting.map(({ id, state }) => `${state} ${id}`).join(", ") : undefined,
  };
}
