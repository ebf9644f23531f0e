import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { EngineNotFoundError } from "./errors/engine-not-found-error.ts";
import { findEngine } from "./find-engine.ts";

describe("findEngine", () => {
  const folder = mkdtempSync(join(tmpdir(), "find-engine-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const place = (name: string, mode = 0o755) => {
    mkdirSync(join(folder, name));
    const path = join(folder, name, "lm-lite");
    writeFileSync(path, "", { mode });
    return path;
  };
  const onPath = place("on-path");
  const named = place("named");
  const notExecutable = place("not-executable", 0o644);
  mkdirSync(join(folder, "a-folder", "lm-lite"), { recursive: true });
  const path = [
    "relative",
    join(folder, "a-folder"),
    join(folder, "not-executable"),
    join(folder, "on-path"),
  ].join(":");

  test("takes LM_LITE_BIN before the PATH", () => {
    assert.equal(findEngine({ LM_LITE_BIN: named, PATH: path }), named);
  });

  test("takes the first program of that name on the PATH, no folder and no mere file", () => {
    assert.equal(findEngine({ PATH: path }), onPath);
  });

  test("does not look further where LM_LITE_BIN names no program", () => {
    assert.throws(
      () => findEngine({ LM_LITE_BIN: notExecutable, PATH: path }),
      (error) => {
        assert.ok(EngineNotFoundError.isInstance(error));
        assert.deepEqual(error.searched, [notExecutable]);
        assert.match(error.message, /cargo build/);
        return true;
      },
    );
  });
});
