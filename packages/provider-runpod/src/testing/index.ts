// What tests of other packages need of these; there in the workspace only.
export { STAND_IN_KEY } from "./server/api/keys.ts";
export type { Fault } from "./server/faults/fault.ts";
export type { LaunchedPod, PodLauncher } from "./server/launch/pod-launcher.ts";
export { processLauncher } from "./server/launch/process-launcher.ts";
export { processesOf } from "./server/launch/processes-of.ts";
export type { RunpodServerOptions } from "./server/runpod-server.ts";
export { RunpodServer } from "./server/runpod-server.ts";
