import { type ComputeOffering, type ContainerWorkload, compileSchema, type JsonObject } from "@conduit/types";
import { type Static, Type } from "typebox";

/** What is not known here decides what runs all the same. */
const closed = { additionalProperties: false };

const Port = Type.Object(
  {
    name: Type.String(),
    containerPort: Type.Integer(),
    protocol: Type.Union([Type.Literal("http"), Type.Literal("tcp")]),
  },
  closed,
);

/** What rows say of a deployment's nodes, and its key is made of: the workload without its secrets, and the machine where only one will do. */
const DeploymentSpec = Type.Object(
  {
    image: Type.String(),
    process: Type.Optional(
      Type.Object({ executable: Type.String(), arguments: Type.Array(Type.String()) }, closed),
    ),
    env: Type.Record(Type.String(), Type.String()),
    ports: Type.Array(Port, { minItems: 1 }),
    healthPath: Type.String(),
    offering: Type.Optional(Type.String()),
  },
  closed,
);
export type DeploymentSpec = Static<typeof DeploymentSpec>;

const compiled = compileSchema(DeploymentSpec);

export function formatSpec(
  { image, process, env, ports, healthPath }: ContainerWorkload,
  offering: ComputeOffering | undefined,
): JsonObject {
  return {
    image,
    ...(process !== undefined && { process: { ...process } }),
    env: { ...env },
    ports: ports.map((port) => ({ ...port })),
    healthPath,
    ...(offering !== undefined && { offering: offering.id }),
  };
}

/** `undefined` where it is none, as another version may have written it. */
export async function parseSpec(spec: JsonObject): Promise<DeploymentSpec | undefined> {
  const check = await compiled.check(spec);
  return check.valid ? check.value : undefined;
}

/** The workload with everything that a spec tells; what it does not tell, secrets above all, stays. */
export function withSpec(
  workload: ContainerWorkload,
  { image, process, env, ports, healthPath }: DeploymentSpec,
): ContainerWorkload {
  const { process: _, ...rest } = workload;
  const [first, ...others] = ports;
  return {
    ...rest,
    image,
    ...(process !== undefined && { process }),
    env,
    ports: first === undefined ? workload.ports : [first, ...others],
    healthPath,
  };
}
