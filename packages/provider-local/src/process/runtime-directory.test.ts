import assert from "node:assert/strict";
import { mkdir, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ProviderError } from "@conduit/types";
import { withDirectory } from "../testing/fixture.ts";
import { defaultRuntimeDirectory, ensureRuntimeDirectory } from "./runtime-directory.ts";

const fallback = join(tmpdir(), `conduit-${process.getuid?.()}`);

let configured: string | undefined;
beforeEach(() => {
  configured = process.env.XDG_RUNTIME_DIR;
});
afterEach(() => {
  if (configured === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = configured;
});

test("is in the user's runtime folder where there is one", () =>
  withDirectory(async (directory) => {
    process.env.XDG_RUNTIME_DIR = directory;
    assert.equal(defaultRuntimeDirectory(), join(directory, "conduit"));
  }));

test("is among the temporary files where there is none, or it is somebody else's", () => {
  delete process.env.XDG_RUNTIME_DIR;
  assert.equal(defaultRuntimeDirectory(), fallback);
  process.env.XDG_RUNTIME_DIR = "relative";
  assert.equal(defaultRuntimeDirectory(), fallback);
  process.env.XDG_RUNTIME_DIR = "/absent";
  assert.equal(defaultRuntimeDirectory(), fallback);
  // Not even root owns a process's own folder here, nor does an ordinary user own the root folder.
  process.env.XDG_RUNTIME_DIR = process.getuid?.() === 0 ? "/dev/null" : "/";
  assert.equal(defaultRuntimeDirectory(), fallback);
});

test("is made for this user alone", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "deep", "er");
    await ensureRuntimeDirectory(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    await ensureRuntimeDirectory(path);
  }));

test("is never a link, which somebody else may have put there", () =>
  withDirectory(async (directory) => {
    await mkdir(join(directory, "target"));
    await symlink(join(directory, "target"), join(directory, "link"));
    await assert.rejects(ensureRuntimeDirectory(join(directory, "link")), (error) => {
      assert(ProviderError.isInstance(error));
      assert.match(error.message, /is not a folder; remove it, or give LocalProvider another directory/);
      return true;
    });
  }));
