import type { DataCenterStock } from "../world/stock.ts";
import type { Handlers } from "./call.ts";
import { catalogueHandlers } from "./catalogue-handlers.ts";
import type { PodSurroundings } from "./create-pod.ts";
import { podHandlers } from "./pod-handlers.ts";
import { resourceHandlers } from "./resource-handlers.ts";
import type { ServedOperation } from "./served-operations.ts";

/** What each operation does. */
export function allHandlers(
  surroundings: PodSurroundings,
  dataCenters: readonly DataCenterStock[],
): Handlers<ServedOperation> {
  const { pods, gpus, volumes, registries } = surroundings;
  return {
    ...podHandlers(surroundings),
    ...catalogueHandlers(gpus, dataCenters),
    ...resourceHandlers(pods, volumes, registries),
  };
}
