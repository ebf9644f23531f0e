import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../scripts/lib/paths.mjs";
import { required } from "./engine.ts";

/** A model with random weights whose chat template knows of calls of functions, in a folder of its own. */
export function toolModel(): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "tool-model-"));
  cpSync(required("RANDOM_MODEL"), folder, { recursive: true });
  const template = join(repository, "native", "goldens", "templates", "qwen2.5", "template.jinja");
  cpSync(template, join(folder, "chat_template.jinja"));
  return {
    folder,
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
