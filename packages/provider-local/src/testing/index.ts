// What tests of other packages need of these; there in the workspace only.
export { DockerDaemon, noDocker } from "./docker-daemon.ts";
export { buildEngineImage } from "./engine-image.ts";
export { until } from "./fixture.ts";
