import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type HubModel, readHubModel, readModelFolder } from "@conduit/compute-offerings/hub";

/** What the Hub needs. */
interface HubOptions {
  readonly revision: string | undefined;
  readonly offline: boolean;
}

/** A model by its folder, by its `config.json`, or else by its id on the Hub. A folder's model goes by the folder's name. */
export async function loadModel(name: string, options: HubOptions): Promise<HubModel> {
  const found = await stat(name).catch(() => undefined);
  const isConfig = found?.isFile() === true && basename(name) === "config.json";
  if (found?.isDirectory() !== true && !isConfig) return readHubModel(name, options);
  const folder = resolve(isConfig ? dirname(name) : name);
  return { ...(await readModelFolder(folder)), id: basename(folder) };
}
