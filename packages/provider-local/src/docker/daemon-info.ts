import { type CallOptions, compileSchema } from "@conduit/types";
import { Type } from "typebox";
import { localError } from "../local-error.ts";
import type { Daemon } from "./daemon.ts";

/** What of `docker info` matters here. */
const Info = Type.Object({
  ID: Type.String({ minLength: 1 }),
  DockerRootDir: Type.String(),
  NCPU: Type.Integer(),
  MemTotal: Type.Integer(),
  SecurityOptions: Type.Union([Type.Array(Type.String()), Type.Null()]),
});

const infoSchema = compileSchema(Info);

export interface DaemonInfo {
  /** Kept across its restarts. */
  readonly id: string;
  /** Where it keeps images and containers, on its machine. */
  readonly rootFolder: string;
  /** Of its machine. */
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Whether it runs as a user who is not root. */
  readonly rootless: boolean;
}

export async function readDaemonInfo(daemon: Daemon, options: CallOptions): Promise<DaemonInfo> {
  const answer: unknown = await daemon.call(
    { ...options, what: "tell about itself", changes: false },
    (client) => client.info(),
  );
  const check = await infoSchema.check(answer);
  if (!check.valid) {
    const [issue] = check.issues;
    throw localError(
      `expected a Docker daemon at ${daemon.endpoint.url}, but what it tells about itself is another's: ${issue?.path} ${issue?.message}`,
    );
  }
  const { value: info } = check;
  return {
    id: info.ID,
    rootFolder: info.DockerRootDir,
    cpuCount: info.NCPU,
    memoryBytes: info.MemTotal,
    rootless: info.SecurityOptions?.some((option) => option.includes("name=rootless")) ?? false,
  };
}
