import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { EndpointError } from "./errors/endpoint-error.ts";
import { LmClient, lastResponse } from "./lm-client.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import {
  answer,
  inTurn,
  type Responder,
  refusal,
  type ScriptedEndpoint,
  scriptedEndpoint,
} from "./testing/scripted-endpoint.ts";

const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const Plant = Type.Object({ name: Type.String() });
const right = '{"name":"cat","legs":4}';
const wrong = '{"name":"cat","legs":"many"}';

const noFormat = refusal(400, { message: "This response_format type is unavailable now" });
const noSchema = refusal(400, {
  message: "The provided JSON schema contains features not supported by xgrammar.",
});

const constrained = ({ requests }: ScriptedEndpoint) =>
  requests.map(({ body }) => body.response_format !== undefined);

describe("an endpoint that refuses response_format", () => {
  test("is asked without, and its answer is parsed", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(noFormat, answer(`Sure!\n${right}`)));
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", output: Animal });
    assert.deepEqual(response.value, { name: "cat", legs: 4 });
    assert.deepEqual([response.constrained, response.tries, response.usage.totalTokens], [false, 1, 13]);
    assert.deepEqual(constrained(endpoint), [true, false]);
    const [first, second] = endpoint.requests;
    const { response_format: _, ...rest } = first?.body ?? {};
    assert.deepEqual(second?.body, rest);
  });

  test("is not asked with it again, for any schema of that model, by any call", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(noFormat, answer(right)));
    const lm = LMLiteBlock.connect(endpoint);
    await lm.generate({ model: "m", output: Animal });
    await lm.generate({ model: "m", output: Plant });
    await Array.fromAsync(lm.streamObject({ model: "m", output: Plant }));
    await lm.block({ model: "m", input: Plant, output: Animal }).run({ name: "cat" });
    await lm.generate({ model: "other", output: Plant });
    assert.deepEqual(constrained(endpoint), [true, false, false, false, false, true]);
  });

  test("for one schema is asked with it for others", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(noSchema, answer(right)));
    const lm = LMLiteBlock.connect(endpoint);
    await lm.generate({ model: "m", output: Animal });
    await lm.generate({ model: "m", output: Animal });
    await lm.generate({ model: "m", output: Plant });
    assert.deepEqual(constrained(endpoint), [true, false, false, true]);
  });

  test("is asked again after a wrong answer, without it", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(noFormat, answer(wrong), answer(right)));
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", output: Animal });
    assert.deepEqual([response.tries, response.constrained], [2, false]);
    assert.deepEqual(constrained(endpoint), [true, false, false]);
  });

  test("but refuses the request without it too has refused something else, and nothing is remembered", async () => {
    const broken = refusal(422, { message: "messages is missing, got {response_format: …}" });
    await using endpoint = await scriptedEndpoint(inTurn(broken, broken, answer(right)));
    const lm = LMLiteBlock.connect(endpoint);
    const isEndpointError = (error: unknown) => EndpointError.isInstance(error) && error.status === 422;
    await assert.rejects(lm.generate({ model: "m", output: Animal }), isEndpointError);
    await lm.generate({ model: "m", output: Animal });
    assert.deepEqual(constrained(endpoint), [true, false, true]);
  });
});

describe("every other refusal", () => {
  const refusals: readonly (readonly [string, Responder])[] = [
    ["of the model", refusal(404, { message: "The model m does not exist", code: "model_not_found" })],
    ["of the prompt", refusal(400, { message: "The prompt is too long", code: "context_length_exceeded" })],
    ["for lack of a key", refusal(401, { message: "No key for json_schema" })],
    ["of a server that fails", refusal(500, { message: "response_format failed" })],
  ];
  for (const [name, respond] of refusals) {
    test(`${name} is thrown at once`, async () => {
      await using endpoint = await scriptedEndpoint(respond);
      const generated = LMLiteBlock.connect(endpoint).generate({ model: "m", output: Animal });
      await assert.rejects(generated, (error) => EndpointError.isInstance(error));
      assert.equal(endpoint.requests.length, 1);
    });
  }

  test("of an engine that always constrains is thrown too: its answers stay guaranteed", async () => {
    await using endpoint = await scriptedEndpoint(noSchema);
    const { baseUrl } = endpoint;
    const client = new LmClient({
      source: { acquire: async () => ({ endpoint: { nodeName: "n", baseUrl }, release: () => undefined }) },
      servedName: (model) => model,
      alwaysConstrains: true,
    });
    const events = client.streamValue({ model: "m", output: Animal }, { partials: false });
    await assert.rejects(lastResponse(events), (error) => EndpointError.isInstance(error));
    assert.deepEqual(constrained(endpoint), [true]);
  });
});
