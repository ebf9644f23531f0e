import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { POD_STATUSES } from "./pod-status.ts";

test("the README's table says what each status means", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| `([A-Z]+)` \| `?(\w+)`? \|/gm)];
  assert.deepEqual(
    rows.map(([, status, node]) => [status, node]),
    Object.entries(POD_STATUSES).map(([name, { status = "none" }]) => [name, status]),
  );
});
