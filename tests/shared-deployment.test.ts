import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsWithin, survivors } from "./support/processes.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";
import { User } from "./support/user.ts";

useTemporaryDatabase();

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  test(`two programs share an engine that outlives the one that ${signal} ends, and ends with both`, async () => {
    const namespace = `shared-${process.pid}-${signal}`;
    using first = new User(namespace);
    assert.equal(await first.line(), "ready");
    using second = new User(namespace);
    assert.equal(await second.line(), "ready");

    const node = await first.ask();
    assert.equal(await second.ask(), node);
    const engines = first.engines;
    assert.equal(engines.length, 1);
    assert.deepEqual(second.engines, []);

    await first.kill(signal);
    assert.equal(await second.ask(), node);
    assert.equal(await second.ask(), node);

    await second.kill(signal);
    assert.ok(
      await holdsWithin(5_000, () => survivors(engines).length === 0),
      "the engine outlived both programs",
    );
  });
}
