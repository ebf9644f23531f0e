import type { CallOptions } from "@conduit/types";
import type { RunpodApi } from "../api/runpod-api.ts";
import { NetworkVolume } from "../api/wire.ts";
import { RunpodDataCenterError } from "../errors/runpod-data-center-error.ts";
import type { RunpodProviderOptions } from "../runpod-options.ts";

/**
 * Where machines are offered, `undefined` where RunPod chooses: a network volume can be used in its own data centre only.
 *
 * @throws RunpodDataCenterError
 */
export async function dataCenterIdsOf(
  api: RunpodApi,
  { networkVolumeId, dataCenterIds }: RunpodProviderOptions,
  { signal }: CallOptions,
): Promise<readonly string[] | undefined> {
  if (networkVolumeId === undefined) return dataCenterIds;
  const { dataCenter } = await api.ask(
    {
      kind: "read",
      what: `describe network volume ${networkVolumeId}`,
      method: "GET",
      path: `/v2/network-volumes/${encodeURIComponent(networkVolumeId)}`,
    },
    NetworkVolume,
    { signal },
  );
  if (dataCenterIds?.includes(dataCenter) === false) {
    throw new RunpodDataCenterError(networkVolumeId, dataCenter, dataCenterIds);
  }
  return [dataCenter];
}
