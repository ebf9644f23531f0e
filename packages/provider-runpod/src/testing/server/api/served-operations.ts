/** Operations of the OpenAPI document that the stand-in answers, by their ids. */
export const servedOperations = [
  "listPods",
  "createPod",
  "getPod",
  "deletePod",
  "podAction",
  "getPodLogs",
  "listGpuTypes",
  "getGpuType",
  "listDataCenters",
  "getSshKeys",
  "listNetworkVolumes",
  "createNetworkVolume",
  "getNetworkVolume",
  "deleteNetworkVolume",
  "listRegistries",
  "createRegistry",
  "getRegistry",
  "deleteRegistry",
] as const;

export type ServedOperation = (typeof servedOperations)[number];

export function isServed(operation: string): operation is ServedOperation {
  return servedOperations.some((served) => served === operation);
}
