import type { ComputeOffering, RuntimePlanningProfile } from "@conduit/types";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { estimateVram } from "../estimate/estimate-vram.ts";
import { parseModelConfig } from "../model/parse-model-config.ts";
import type { PlannedModel } from "../select/workload.ts";

/** What a placement may look like. */
export interface Freedom {
  readonly spanning: boolean;
  readonly singleDevice: boolean;
}

/**
 * The fewest machines of an offering that hold the models, found by trying every number of GPUs for every model and every set
 * of GPUs of every machine; undefined where they do not fit. Written without the selector's code but for the estimate.
 */
export function fewestMachines(
  models: readonly PlannedModel[],
  runtime: RuntimePlanningProfile,
  offering: ComputeOffering,
  freedom: Freedom,
): number | undefined {
  const gpu = GPUS[resolveGpu(offering.gpu ?? "") ?? "L4"];
  const budget = Math.floor(gpu.usableMemoryBytes * (runtime.memoryUtilization ?? 1));
  const shapes = models.map(({ config }) => parseModelConfig(config));
  const estimate = (model: number, tensorParallel: number, modelCount: number) =>
    estimateVram(shapes[model], {
      maxModelLen: models[model]?.maxModelLen ?? 1024,
      maxModelConcurrency: models[model]?.maxModelConcurrency ?? 1,
      tensorParallel,
      modelCount,
      runtime,
      architecture: gpu.architecture,
      gpuMemoryBytes: gpu.usableMemoryBytes,
    });
  const fits = (items: readonly { readonly model: number; readonly degree: number }[]) => {
    if (items.length === 0) return true;
    const degree = Math.max(...items.map((item) => item.degree));
    const overhead = Math.max(
      ...items.map(({ model }) => estimate(model, degree, items.length).overheadBytes),
    );
    const own = items.map((item) => estimate(item.model, item.degree, 1));
    const used = own.reduce((sum, it) => sum + it.weightsBytes + it.kvCacheBytes + it.activationBytes, 0);
    return used + overhead <= budget;
  };
  const perMachine = freedom.singleDevice ? 1 : offering.gpuCount;
  const most = freedom.singleDevice ? 1 : models.length;
  for (let machines = 1; machines <= most; machines += 1) {
    const devices = Array.from(
      { length: machines * perMachine },
      () => [] as { model: number; degree: number }[],
    );
    const place = (model: number): boolean => {
      if (model === models.length) return devices.every(fits);
      const shape = shapes[model];
      for (let set = 1; set < 1 << perMachine; set += 1) {
        const degree = set.toString(2).replaceAll("0", "").length;
        if (degree > 1 && (!freedom.spanning || freedom.singleDevice)) continue;
        if ((shape?.attentionHeads ?? 1) % degree !== 0 || (shape?.keyValueHeads ?? 1) % degree !== 0)
          continue;
        for (let machine = 0; machine < machines; machine += 1) {
          const chosen = devices
            .slice(machine * perMachine, (machine + 1) * perMachine)
            .filter((_, index) => (set >> index) % 2 === 1);
          for (const device of chosen) device.push({ model, degree });
          if (chosen.every(fits) && place(model + 1)) return true;
          for (const device of chosen) device.pop();
        }
      }
      return false;
    };
    if (place(0)) return machines;
  }
  return undefined;
}
