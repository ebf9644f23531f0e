export type { OpenTelemetryOptions } from "./open-telemetry-observer.ts";
export { openTelemetryObserver } from "./open-telemetry-observer.ts";
