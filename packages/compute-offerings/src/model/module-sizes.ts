import { sumOf } from "../sum-of.ts";
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
      parameters: sumOf(loaded, moduleParameters),
      activeParameters: sumOf(text, (module) => moduleParameters(module) * active(module)),
      draftParameters: sumOf(of("draft"), moduleParameters),
      absorbedParameters: sumOf(
        loaded.filter(({ name }) => name.endsWith(".kv_b_proj")),
        moduleParameters,
      ),
    },
    bytes: sumOf(loaded, moduleBytes),
    activeBytes: sumOf(read, (module) => moduleBytes(module) * active(module)),
    draftBytes: sumOf(of("draft"), moduleBytes),
    embeddingBytes: sumOf(of("embedding"), moduleBytes),
    tied,
  };
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
