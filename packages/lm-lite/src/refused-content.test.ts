import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addUsage, NO_USAGE } from "@conduit/types";
import { Type } from "typebox";
import { ContentRefusedError } from "./errors/content-refused-error.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import {
  answer,
  chunk,
  inTurn,
  type Responder,
  scriptedEndpoint,
  sendEvents,
  usageChunk,
} from "./testing/scripted-endpoint.ts";

const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const wrong = '{"name":"cat","legs":"many"}';
const right = '{"name":"cat","legs":4}';
const request = { model: "m", output: Animal, guidance: "Name an animal." };
const messages = [{ role: "user", content: "Hello" }] as const;

/** As OpenAI's models refuse a request for structured output: in place of the content, word by word. */
const refusing: Responder = (response) =>
  sendEvents(response, [
    chunk({ role: "assistant", content: "", refusal: null }),
    chunk({ refusal: "I'm sorry, " }),
    chunk({ refusal: "I cannot." }),
    chunk({}, "stop"),
    usageChunk(30, 7),
  ]);
const filtered = answer('{"name":"c', { finishReason: "content_filter", usage: [30, 7] });
const usage = { inputTokens: 40, outputTokens: 12, totalTokens: 52 };

const refusals = [
  ["a refusal", refusing, "I'm sorry, I cannot.", "", /refused to answer: I'm sorry, I cannot\./],
  ["a content filter", filtered, undefined, '{"name":"c', /content filter/],
] as const;

for (const [name, respond, refusal, partialText, message] of refusals) {
  describe(name, () => {
    const isExpected = (error: unknown) => {
      assert.ok(ContentRefusedError.isInstance(error));
      assert.deepEqual(
        [error.code, error.model, error.refusal, error.partialText, error.tries, error.usage],
        ["CONTENT_REFUSED", "m", refusal, partialText, 2, usage],
      );
      assert.match(error.message, message);
      return true;
    };
    const tries = () => scriptedEndpoint(inTurn(answer(wrong, { usage: [10, 5] }), respond, answer(right)));

    test("ends the tries for a value at once, with the usage of all", async () => {
      await using endpoint = await tries();
      await assert.rejects(LMLiteBlock.connect(endpoint).generate(request), isExpected);
      assert.equal(endpoint.requests.length, 2);
    });

    test("ends a stream of a value", async () => {
      await using endpoint = await tries();
      await assert.rejects(Array.fromAsync(LMLiteBlock.connect(endpoint).streamObject(request)), isExpected);
    });

    test("ends a block, whose events tell the usage", async () => {
      await using endpoint = await tries();
      const block = LMLiteBlock.connect(endpoint).block({ ...request, input: Animal });
      let told = NO_USAGE;
      await assert.rejects(async () => {
        for await (const event of block.stream({ name: "dog", legs: 4 })) {
          if (event.type === "usage") told = addUsage(told, event.usage);
        }
      }, isExpected);
      assert.deepEqual(told, usage);
    });
  });
}

describe("in text", () => {
  test("a refusal is a value", async () => {
    await using endpoint = await scriptedEndpoint(refusing);
    const lm = LMLiteBlock.connect(endpoint);
    const response = await lm.respond({ model: "m", messages });
    assert.deepEqual(
      [response.text, response.refusal, response.finishReason],
      ["", "I'm sorry, I cannot.", "stop"],
    );
    assert.equal(await lm.chat({ model: "m", messages }), "");
  });

  test("what a content filter left is a value", async () => {
    await using endpoint = await scriptedEndpoint(filtered);
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", messages });
    assert.deepEqual([response.text, response.finishReason], ['{"name":"c', "content-filter"]);
    assert.ok(!("refusal" in response));
  });
});
