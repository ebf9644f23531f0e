/** The statuses that RunPod documents for the operations that this provider uses. `default` stands for every other failure. */
export const DOCUMENTED_STATUSES = {
  listPods: ["200", "401", "403", "429", "default"],
  createPod: ["201", "400", "401", "403", "404", "422", "429", "default"],
  getPod: ["200", "401", "403", "404", "429", "default"],
  deletePod: ["204", "401", "403", "404", "409", "429", "default"],
  podAction: ["200", "204", "400", "401", "403", "404", "409", "422", "429", "default"],
  getPodLogs: ["200", "401", "403", "404", "429", "default"],
  listGpuTypes: ["200", "401", "403", "429", "default"],
  getNetworkVolume: ["200", "401", "403", "404", "429", "default"],
} as const;

export type UsedOperation = keyof typeof DOCUMENTED_STATUSES;
