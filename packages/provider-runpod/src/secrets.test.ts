import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { RunpodKeyInvalidError } from "./index.ts";
import { RunpodFixture } from "./testing/runpod-fixture.ts";
import { sampleProblem, sampleSpec } from "./testing/sample-answers.ts";

const API_KEY = "rpa_0123456789";
const ENDPOINT_KEY = "endpoint-key-0123456789";
const TOKEN = 'hf_"quoted"_0123456789';

/** All that can be seen of what a call failed with. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => assert.fail("expected a failure"),
    (failure: unknown) => failure,
  );
  return inspect(error, { depth: null, showHidden: true });
}

const spec = sampleSpec({
  workload: { ...sampleSpec().workload, secretEnv: { LM_LITE_API_KEY: ENDPOINT_KEY } },
});
const options = { apiKey: API_KEY, overrides: { env: { HF_TOKEN: TOKEN } } };

function assertNoSecrets(text: string): void {
  for (const secret of [API_KEY, ENDPOINT_KEY, TOKEN, JSON.stringify(TOKEN).slice(1, -1)]) {
    assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
}

test("what RunPod repeats of a request in its refusal, nobody reads", async () => {
  const problem = {
    ...sampleProblem(422, `bad env ${ENDPOINT_KEY}, asked with ${API_KEY}`),
    errors: [`/env/HF_TOKEN: ${TOKEN} is too long`],
  };
  using api = new RunpodFixture().on("post", "/v2/pods", { status: 422, body: problem });
  const failure = await failureOf(api.provider(options).createNode(spec));
  assert.match(failure, /bad env \*\*\*, asked with \*\*\*/);
  assertNoSecrets(failure);
});

test("a list that is cut off is not quoted, since pods have secrets in it", async () => {
  const body = `{"pods":[{"env":{"LM_LITE_API_KEY":"${ENDPOINT_KEY}`;
  using api = new RunpodFixture().on("get", "/v2/pods", { body });
  const failure = await failureOf(api.provider(options).listNodes(""));
  assert.match(failure, /JSON that is broken or cut off after \d+ characters/);
  assertNoSecrets(failure);
});

test("a page in the place of JSON is quoted", async () => {
  using api = new RunpodFixture().on("get", "/v2/pods", { body: "<html>Welcome</html>" });
  await assert.rejects(api.provider(options).listNodes(""), /found no JSON: "<html>Welcome<\/html>"/);
});

test("a key that cannot be sent is refused, and not repeated", () => {
  using api = new RunpodFixture();
  for (const apiKey of ["rpa_0123\n456789", "rpa_0123 456789", "rpä_0123456789"]) {
    assert.throws(
      () => api.provider({ apiKey }),
      (error) => {
        assert.ok(RunpodKeyInvalidError.isInstance(error));
        assert.ok(!inspect(error).includes(apiKey.slice(0, 8)), error.message);
        return true;
      },
    );
  }
});

test("the line break at the end of a file does not belong to the key in it", async () => {
  using api = new RunpodFixture().on("get", "/v2/pods", { body: { pods: [] } });
  await api.provider({ apiKey: `${API_KEY}\n` }).listNodes("");
  assert.equal(api.sent[0]?.headers.get("authorization"), `Bearer ${API_KEY}`);
});

test("a provider shows no secret of its own", () => {
  using api = new RunpodFixture();
  assertNoSecrets(inspect(api.provider(options), { depth: null, showHidden: true }));
});
