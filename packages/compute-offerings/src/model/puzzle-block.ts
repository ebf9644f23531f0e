import type { ConfigReader } from "./config-reader.ts";

/** What a Puzzle model of NVIDIA says of a part of the layer at `index`. */
export function blockPart(
  config: ConfigReader,
  index: number,
  name: "attention" | "ffn",
): ConfigReader | undefined {
  return config.part("block_configs", index)?.object(name);
}

/** What stands in the part's place, where it is left out or replaced. */
export function blockSubstitute(part: ConfigReader | undefined): "none" | "linear" | undefined {
  if (part?.flag(false, "no_op")) return "none";
  return part?.flag(false, "replace_with_linear") ? "linear" : undefined;
}
