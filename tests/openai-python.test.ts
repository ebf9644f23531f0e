import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { cacheFolder, repository } from "../scripts/lib/paths.mjs";
import { API_KEY, startEngine } from "./support/engine.ts";
import { toolModel } from "./support/tool-model.ts";

const run = promisify(execFile);
const VERSION = "3.57.0";

/** A Python that has the client, made once; or why there is none. */
async function python(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const folder = join(cacheFolder, `python-openai-${VERSION}`);
  const path = join(folder, "bin", "python");
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { path };
  rmSync(folder, { recursive: true, force: true });
  try {
    await run("python3", ["-m", "venv", folder]);
    await run(
      path,
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `openai==${VERSION}`],
      {
        timeout: 300_000,
      },
    );
    await run("touch", [complete]);
    return { path };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { missing: `pip cannot install openai ${VERSION}: ${String(error).slice(0, 300)}` };
  }
}

test("Python's openai client works unchanged", async (context) => {
  const found = await python();
  if ("missing" in found) return context.skip(found.missing);
  using model = toolModel();
  await using engine = await startEngine([`${model.folder}=m`], "--max-model-len", "4096");
  const program = join(repository, "tests", "programs", "openai-client.py");
  const { stdout } = await run(found.path, [program, `${engine.baseUrl}/v1`, "m"], {
    env: { ...process.env, OPENAI_API_KEY: API_KEY },
  });
  assert.equal(stdout.trim(), "ok");
});
