import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpodAccountUnknownError } from "./index.ts";
import { RunpodFixture } from "./testing/runpod-fixture.ts";
import { sampleProblem } from "./testing/sample-answers.ts";

test("the scope is the account, asked for once, and says nothing of the key", async () => {
  using api = new RunpodFixture().on("post", "/graphql", { body: { data: { myself: { id: "user_2abc" } } } });
  const provider = api.provider({ accountId: undefined });
  assert.equal(await provider.scope(), "runpod:user_2abc");
  assert.equal(await provider.scope(), "runpod:user_2abc");
  assert.equal(api.sent.length, 1);
});

test("an account that is named is not asked for", async () => {
  using api = new RunpodFixture();
  assert.equal(await api.provider({ accountId: "ours" }).scope(), "runpod:ours");
  assert.equal(api.sent.length, 0);
});

for (const [what, answer] of Object.entries({
  "may not ask": { status: 403, body: sampleProblem(403, "access denied") },
  "is refused by GraphQL": { body: { errors: [{ message: "Unauthorized" }], data: null } },
  "gets no id": { body: { data: { myself: null } } },
})) {
  test(`a key that ${what} needs the account's name`, async () => {
    using api = new RunpodFixture().on("post", "/graphql", answer);
    await assert.rejects(api.provider({ accountId: undefined }).scope(), (error) => {
      assert.ok(RunpodAccountUnknownError.isInstance(error));
      assert.match(error.message, /accountId/);
      return true;
    });
  });
}

test("a failure that passes is no answer: the next call asks again", async () => {
  using api = new RunpodFixture().on(
    "post",
    "/graphql",
    ...Array<object>(4).fill({ status: 500, body: sampleProblem(500, "oops") }),
    { body: { data: { myself: { id: "user_2abc" } } } },
  );
  const provider = api.provider({ accountId: undefined });
  await assert.rejects(provider.scope(), { code: "RUNPOD_UNAVAILABLE", outcome: "none" });
  assert.equal(await provider.scope(), "runpod:user_2abc");
});

test("a key that is not valid is refused as such", async () => {
  using api = new RunpodFixture().on("post", "/graphql", { status: 401, body: sampleProblem(401, "no") });
  await assert.rejects(api.provider({ accountId: undefined }).scope(), { code: "RUNPOD_REFUSED" });
});
