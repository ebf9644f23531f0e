import type { NodeEndpoint, ReadinessReport } from "@conduit/deployment";
import { ofetch } from "ofetch";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { describeWaiting } from "./describe-waiting.ts";

const Health = Compile(
  Type.Object({
    ready: Type.Boolean(),
    models: Type.Array(
      Type.Object({
        id: Type.String(),
        state: Type.String(),
        progress: Type.Optional(
          Type.Object({ step: Type.String(), done_bytes: Type.Number(), total_bytes: Type.Number() }),
        ),
        error: Type.Optional(Type.String()),
      }),
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
    progress: waiting.length > 0 ? waiting.map(describeWaiting).join(", ") : undefined,
  };
}
