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
  let [parameters, activeParameters, draftParameters, absorbedParameters] = [0, 0, 0, 0];
  let [bytes, activeBytes, draftBytes, embeddingBytes] = [0, 0, 0, 0];
  for (const module of modules) {
    const count = moduleParameters(module);
    const size = moduleBytes(module);
    const active = module.activeCopies / module.copies;
    if (module.role === "draft") {
      draftParameters += count;
      draftBytes += size;
      continue;
    }
    parameters += count;
    activeParameters += module.role === "vision" ? 0 : count * active;
    bytes += size;
    if (module.role === "embedding") embeddingBytes += size;
    // Of a table of embeddings a token reads one row, unless it is the head, too.
    const read = module.role === "vision" || (module.role === "embedding" && !tied) ? 0 : active;
    activeBytes += size * read;
    if (module.name.endsWith(".kv_b_proj")) absorbedParameters += count;
  }
  const counts = { parameters, activeParameters, draftParameters, absorbedParameters };
  return { counts, bytes, activeBytes, draftBytes, embeddingBytes, tied };
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
