// What tests of other packages need of these; there in the workspace only.
export { STAND_IN_KEY } from "./server/api/keys.ts";
export type { Fault } from "./server/faults/fault.ts";
export { RunpodServer } from "./server/runpod-server.ts";
