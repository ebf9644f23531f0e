import type { ModelShape, WeightModule } from "./model-shape.ts";
import { moduleBytes, moduleParameters, schemeName } from "./weight-scheme.ts";

/** Sums over modules that the size of a checkpoint can be compared with. */
export interface ModuleSizes {
  readonly counts: Pick<
    ModelShape,
    "parameters" | "activeParameters" | "draftParameters" | "absorbedParameters"
  >;
  readonly bytes: number;
  readonly activeBytes: number;
  readonly draftBytes: number;
  readonly embeddingBytes: number;
  readonly tied: boolean;
}

export function sumModules(modules: readonly WeightModule[], tied: boolean): ModuleSizes {
  const of = (role: WeightModule["role"]) => modules.filter((module) => module.role === role);
  const loaded = modules.filter(({ role }) => role !== "draft");
  const text = loaded.filter(({ role }) => role !== "vision");
  // Of a table of embeddings a token reads one row, unless it is the head, too.
  const read = text.filter(({ role }) => tied || role !== "embedding");
  const active = (module: WeightModule) => module.activeCopies / module.copies;
  return {
    counts: {
      parameters: total(loaded, moduleParameters),
      activeParameters: total(text, (module) => moduleParameters(module) * active(module)),
      draftParameters: total(of("draft"), moduleParameters),
      absorbedParameters: total(
        loaded.filter(({ name }) => name.endsWith(".kv_b_proj")),
        moduleParameters,
      ),
    },
    bytes: total(loaded, moduleBytes),
    activeBytes: total(read, (module) => moduleBytes(module) * active(module)),
    draftBytes: total(of("draft"), moduleBytes),
    embeddingBytes: total(of("embedding"), moduleBytes),
    tied,
  };
}

/** Sum of a measure over modules. */
function total(modules: readonly WeightModule[], measure: (module: WeightModule) => number): number {
  return modules.reduce((sum, module) => sum + measure(module), 0);
}

/** Format that holds the most bytes of weights. */
export function dominantDtype(modules: readonly WeightModule[], plain: string): string {
  const bytesByName = new Map<string, number>();
  for (const module of modules) {
    if (module.role === "draft" || module.role === "embedding") continue;
    const name = module.scheme.kind === "plain" ? plain : schemeName(module.scheme);
    bytesByName.set(name, (bytesByName.get(name) ?? 0) + moduleParameters(module));
  }
  return [...bytesByName].sort((left, right) => right[1] - left[1])[0]?.[0] ?? plain;
}
