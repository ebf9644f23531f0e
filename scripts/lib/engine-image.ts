import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths.mjs";

const folder = join(repository, "packages", "lm-lite");
const source = join(folder, "src", "engine-image.ts");
const pattern = /(?<=ENGINE_IMAGE = ")[^"]*(?=")/;

/** The image that `@conduit/lm-lite` asks providers for. */
export function readEngineImage(): string {
  const image = pattern.exec(readFileSync(source, "utf8"))?.[0];
  if (image === undefined) throw new Error(`expected ${source} to have ENGINE_IMAGE`);
  return image;
}

/** The version of `@conduit/lm-lite`, which is the tag of its image. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return version;
}

export function writeEngineImage(image: string): void {
  writeFileSync(source, readFileSync(source, "utf8").replace(pattern, image));
}

export function imageWithTag(image: string): string {
  return image.replace(/@.*$/, "");
}

/**
 * The image of a version, whatever version `image` is of.
 *
 * @param digest As registries have it, `sha256:…`; without one the image is known by its tag alone.
 * @throws Error where `digest` is none.
 */
export function pinnedImage(image: string, version: string, digest?: string): string {
  const tagged = imageWithTag(image).replace(/(?::[^:/]+)?$/, `:${version}`);
  if (digest === undefined) return tagged;
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error(`expected a digest such as sha256:<64 hexadecimal digits>, but found "${digest}"`);
  }
  return `${tagged}@${digest}`;
}
