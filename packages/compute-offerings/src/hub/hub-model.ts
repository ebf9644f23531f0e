/** What decides a model's size, read from the Hub or from a folder; goes to `parseModelConfig` as its argument and its options. */
export interface HubModel {
  readonly id: string;
  /** Commit of the repository; absent for a folder. */
  readonly commit?: string;
  /** Content of `config.json`. */
  readonly config: unknown;
  /** Content of `hf_quant_config.json`, where there is one. */
  readonly quantizationConfig?: unknown;
  /** Bytes of all safetensors files together; absent where they are not known. */
  readonly safetensorsBytes?: number;
  /** Bytes of all files that LM Lite downloads; absent for a folder, and where only other programs have read the model from the Hub. */
  readonly downloadBytes?: number;
}

/** Files of the top folder that LM Lite's engine downloads: weights in every layout, JSON and templates. */
const DOWNLOADED = /^[^/]+\.(safetensors|json|jinja)$/;

/** Bytes of a repository's files that LM Lite downloads. */
export function sumDownloads(files: readonly { readonly path: string; readonly size: number }[]): number {
  return files.reduce((sum, { path, size }) => sum + (DOWNLOADED.test(path) ? size : 0), 0);
}

/** Weights in the layout that runtimes load; copies in other layouts, such as `consolidated.safetensors`, do not count. */
const LOADED_WEIGHTS = /^model[^/]*\.safetensors$/;

/** Bytes of the weights among a repository's files; of other names only where no file has the usual one. */
export function sumSafetensors(
  files: readonly { readonly path: string; readonly size: number }[],
): number | undefined {
  const weights = files.filter(({ path }) => /^[^/]+\.safetensors$/.test(path));
  const loaded = weights.filter(({ path }) => LOADED_WEIGHTS.test(path));
  const counted = loaded.length > 0 ? loaded : weights;
  return counted.length === 0 ? undefined : counted.reduce((sum, { size }) => sum + size, 0);
}
