import { compileSchema, type JsonObject, Runtime } from "@conduit/types";
import { type Static, Type } from "typebox";

/** Environment variable in which every node says what it belongs to, so that a store that knows nothing of it can take it over. */
export const DEPLOYMENT_VARIABLE = "CONDUIT_DEPLOYMENT";

const DeploymentLabel = Type.Object({
  namespace: Type.String(),
  runtime: Runtime,
  /** With the three before it and the provider's scope, what the deployment's key is made of. */
  spec: Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown())),
  /** Environment variable with the bearer key that the node demands. */
  endpointKeyVariable: Type.String(),
  offeringId: Type.String(),
  gpu: Type.Optional(Type.String()),
  gpuCount: Type.Integer({ minimum: 0 }),
  plannedPriceMicroDollarsPerHour: Type.Integer({ minimum: 0 }),
  keep: Type.Boolean(),
  idleTimeoutSeconds: Type.Integer({ minimum: 0 }),
  maxLifetimeSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
});

/** What a node says of its deployment. No secrets. */
export type DeploymentLabel = Static<typeof DeploymentLabel>;

const compiled = compileSchema(DeploymentLabel);

export function formatLabel(label: DeploymentLabel): string {
  return JSON.stringify(label);
}

/** `undefined` where it is no label. */
export async function parseLabel(text: string): Promise<DeploymentLabel | undefined> {
  const check = await compiled.check(parseJson(text));
  return check.valid ? check.value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
