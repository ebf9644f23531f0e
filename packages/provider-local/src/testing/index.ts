// What tests of other packages need of these; there in the workspace only.
export { DockerDaemon, noDocker } from "./docker-daemon.ts";
export { until } from "./fixture.ts";
export { importRoot } from "./program-image.ts";
