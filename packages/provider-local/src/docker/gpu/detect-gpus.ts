import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CallOptions } from "@conduit/types";
import type { GpuDevice } from "./gpu-device.ts";
import { parseNvidiaSmi, QUERY_FIELDS } from "./parse-nvidia-smi.ts";

const run = promisify(execFile);
/** Without its persistence mode the driver takes seconds to wake. */
const TIMEOUT_MS = 30_000;

/** The NVIDIA GPUs of this machine; none where there is no driver, or it does not run. */
export async function detectGpus({ signal }: CallOptions = {}): Promise<readonly GpuDevice[]> {
  const nvidiaSmi = async (...args: string[]) =>
    (await run("nvidia-smi", args, { timeout: TIMEOUT_MS, ...(signal && { signal }) })).stdout;
  try {
    const query = await nvidiaSmi(`--query-gpu=${QUERY_FIELDS.join(",")}`, "--format=csv,noheader,nounits");
    return parseNvidiaSmi(query, await nvidiaSmi("-L"));
  } catch {
    signal?.throwIfAborted();
    return [];
  }
}
