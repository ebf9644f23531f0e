import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NoCapacityError, NodeFailedError } from "@conduit/deployment";
import { UnknownModelSizeError } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { RunpodProvider } from "@conduit/provider-runpod";
import type { RunpodServerOptions } from "@conduit/provider-runpod/testing";
import { Value } from "typebox/value";
import { answerLetter, type Place } from "../examples/mixed-providers/src/answer-letter.ts";
import { Answer } from "../examples/mixed-providers/src/letter.ts";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";

useTemporaryDatabase();

interface Places {
  readonly here: Place;
  readonly there: Place;
  readonly rented: RentedEngines;
}

/** Gives a place on this machine and a rented one, and makes sure that nothing is left at either. */
async function withPlaces(
  options: Partial<RunpodServerOptions>,
  body: (places: Places) => Promise<void>,
): Promise<void> {
  const model = required("RANDOM_MODEL");
  const directory = mkdtempSync(join(tmpdir(), "cd-"));
  try {
    await using rented = await RentedEngines.start(options);
    const local = new LocalProvider({ directory });
    const here = { model, provider: local };
    const there = { model, provider: new RunpodProvider(rented.options) };
    await body({ here, there, rented });
    assert.deepEqual(await local.listNodes("conduit-"), []);
    assert.deepEqual(rented.server.world.living(), []);
    assert.deepEqual(rented.server.world.violations(), []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const letter = { text: "Dear Ms Doe, my parcel 4711 has not come. Yours, John Smith" };

for (const order of ["a model on this machine and a rented one", "a rented model and one on this machine"]) {
  test(`${order} answer in one pipeline, and both are deleted`, () =>
    withPlaces({}, async ({ here, there, rented }) => {
      const [trusted, capable] = order.startsWith("a rented") ? [there, here] : [here, there];
      const told: string[] = [];
      const answer: unknown = await answerLetter({
        trusted,
        capable,
        letter,
        say: (line) => told.push(line),
      });
      Value.Assert(Answer, answer);
      // That an engine is ready, nobody hears who does not wait for it yet.
      for (const line of ["LOCAL: starting a node at LOCAL", "RUNPOD: starting a node at RUNPOD"]) {
        assert.ok(told.includes(line), told.join("\n"));
      }
      assert.deepEqual(
        rented.logs().map((log) => log.match(/\banswered\b/g)?.length),
        [1],
      );
    }));
}

test("where no machine can be rented, the error says so of each, and nothing is left here", () =>
  withPlaces({ faults: [{ kind: "create-refused", times: 1_000 }] }, async ({ here, there, rented }) => {
    await assert.rejects(
      answerLetter({ trusted: here, capable: there, letter, say: () => {} }),
      (error: unknown) => {
        assert.ok(NoCapacityError.isInstance(error));
        assert.match(
          error.message,
          /\n {2}1x NVIDIA L4 SECURE at \$0\.\d+ an hour: .*no longer any instances/,
        );
        return true;
      },
    );
    assert.equal(rented.server.world.createdByName().size, 0);
  }));

for (const where of ["here", "there"] as const) {
  test(`a model that cannot be loaded ${where} is named, and neither engine is left`, () =>
    withPlaces({}, async ({ here, there }) => {
      const broken = { model: "/nowhere/a-model" };
      const places = { here, there, [where]: { ...{ here, there }[where], ...broken } };
      await assert.rejects(
        answerLetter({ trusted: places.here, capable: places.there, letter, say: () => {} }),
        (error: unknown) => {
          if (where === "here") {
            assert.ok(NodeFailedError.isInstance(error), String(error));
            assert.match(error.failure, /\/nowhere\/a-model/);
          } else {
            // Nothing is rented for a model of which nobody knows what it needs.
            assert.ok(UnknownModelSizeError.isInstance(error), String(error));
            assert.equal(error.model, "/nowhere/a-model");
          }
          return true;
        },
      );
    }));
}
