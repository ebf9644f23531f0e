import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MdlParseError } from "@conduit/mdl";
import { Type } from "typebox";
import { z } from "zod";
import { EndpointError } from "./errors/endpoint-error.ts";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { GenerationFailedError } from "./errors/generation-failed-error.ts";
import { OutputTruncatedError } from "./errors/output-truncated-error.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import type { Message } from "./messages.ts";
import {
  answer,
  beginning,
  inTurn,
  type RecordedRequest,
  refusal,
  scriptedEndpoint,
} from "./testing/scripted-endpoint.ts";

const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const cat = { name: "cat", legs: 4 };
const right = JSON.stringify(cat);
const wrong = '{"name":"cat","legs":"many"}';
const request = { model: "m", output: Animal, guidance: "Name an animal." };

/** What was said after the system message. */
function said(
  { body }: RecordedRequest | undefined = { path: "", authorization: "", body: {} },
): readonly Message[] {
  return (body.messages as Message[]).slice(1);
}

describe("an answer of another type", () => {
  test("is sent back with the error, and the usage of all tries is summed", async () => {
    await using endpoint = await scriptedEndpoint(
      inTurn(answer(wrong, { usage: [10, 5] }), answer(right, { usage: [30, 7] })),
    );
    const response = await LMLiteBlock.connect(endpoint).respond({ ...request, seed: 1 });
    assert.deepEqual([response.value, response.tries], [cat, 2]);
    assert.deepEqual(response.usage, { inputTokens: 40, outputTokens: 12, totalTokens: 52 });
    assert.equal(response.text, right);
    const [first, second] = endpoint.requests;
    assert.deepEqual(said(first), [{ role: "user", content: "Name an animal." }]);
    const [user, assistant, correction, ...none] = said(second);
    assert.deepEqual([user, none], [{ role: "user", content: "Name an animal." }, []]);
    assert.deepEqual(assistant, { role: "assistant", content: wrong });
    assert.equal(correction?.role, "user");
    assert.match(correction?.content ?? "", /At \/legs: expected int, found "many"\. Answer again/);
    const { messages: _first, ...restOfFirst } = first?.body ?? {};
    const { messages: _second, ...restOfSecond } = second?.body ?? {};
    assert.deepEqual(restOfSecond, { ...restOfFirst, seed: 2 });
  });

  test("is sent back without its reasoning", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(answer(`<think>{}</think>${wrong}`), answer(right)));
    await LMLiteBlock.connect(endpoint).generate(request);
    assert.deepEqual(said(endpoint.requests[1])[1], { role: "assistant", content: wrong });
  });

  test("that is empty leaves the roles alternating", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(answer(""), answer(right)));
    assert.deepEqual(await LMLiteBlock.connect(endpoint).generate(request), cat);
    const [only, ...others] = said(endpoint.requests[1]);
    assert.deepEqual(others, []);
    assert.match(only?.content ?? "", /^Name an animal\.\n\nThe answer does not fit.*empty/s);
  });

  test("is asked for again as often as maxRetries says, in a conversation that grows", async () => {
    await using endpoint = await scriptedEndpoint(answer(wrong, { usage: [10, 5] }));
    const lm = LMLiteBlock.connect(endpoint);
    for (const [maxRetries, tries] of [
      [undefined, 3],
      [0, 1],
      [1, 2],
      [4, 5],
    ] as const) {
      const before = endpoint.requests.length;
      await assert.rejects(lm.generate({ ...request, maxRetries }), (error) => {
        assert.ok(GenerationFailedError.isInstance(error));
        assert.equal(error.code, "GENERATION_FAILED");
        assert.equal(error.model, "m");
        assert.equal(error.tries, tries);
        assert.deepEqual(error.answers, Array(tries).fill(wrong));
        assert.deepEqual(error.usage, {
          inputTokens: 10 * tries,
          outputTokens: 5 * tries,
          totalTokens: 15 * tries,
        });
        assert.ok(MdlParseError.isInstance(error.cause));
        assert.equal(error.cause.path, "/legs");
        assert.match(error.message, /at \/legs: expected int, found "many"/);
        return true;
      });
      const lengths = endpoint.requests.slice(before).map((recorded) => said(recorded).length);
      assert.deepEqual(
        lengths,
        Array.from({ length: tries }, (_, index) => 1 + 2 * index),
      );
    }
  });

  test("the same twice is not asked for in the same words", async () => {
    await using endpoint = await scriptedEndpoint(inTurn(answer(wrong), answer(wrong), answer(right)));
    const response = await LMLiteBlock.connect(endpoint).respond({ ...request, temperature: 0, seed: 1 });
    assert.deepEqual([response.value, response.tries], [cat, 3]);
    const bodies = endpoint.requests.map(({ body }) => JSON.stringify(body));
    assert.equal(new Set(bodies).size, 3);
  });

  test("may come without usage", async () => {
    await using endpoint = await scriptedEndpoint(
      inTurn(answer(wrong, { usage: null }), answer(right, { usage: [30, 7] })),
    );
    const { usage } = await LMLiteBlock.connect(endpoint).respond(request);
    assert.deepEqual(usage, { inputTokens: 30, outputTokens: 7, totalTokens: 37 });
  });

  test("may be one that only the schema's own library refuses", async () => {
    const Even = z.object({ n: z.int().refine((n) => n % 2 === 0, "must be even") });
    await using endpoint = await scriptedEndpoint(inTurn(answer('{"n":1}'), answer('{"n":2}')));
    const response = await LMLiteBlock.connect(endpoint).respond({ model: "m", output: Even });
    assert.deepEqual([response.value, response.tries], [{ n: 2 }, 2]);
    assert.match(said(endpoint.requests[1]).at(-1)?.content ?? "", /At \/n: .*must be even/);
  });
});

describe("between tries", () => {
  test("an answer that the token limit cuts off ends it, with the usage of all", async () => {
    await using endpoint = await scriptedEndpoint(
      inTurn(
        answer(wrong, { usage: [10, 5] }),
        answer('{"name":"c', { usage: [30, 3], finishReason: "length" }),
        answer(right),
      ),
    );
    await assert.rejects(LMLiteBlock.connect(endpoint).generate(request), (error) => {
      assert.ok(OutputTruncatedError.isInstance(error));
      assert.deepEqual(error.usage, { inputTokens: 40, outputTokens: 8, totalTokens: 48 });
      assert.deepEqual([error.tries, error.partialText], [2, '{"name":"c']);
      assert.match(error.message, /after 3 tokens/);
      return true;
    });
    assert.equal(endpoint.requests.length, 2);
  });

  test("a signal ends it before the next request", async () => {
    await using endpoint = await scriptedEndpoint(answer(wrong));
    const controller = new AbortController();
    const reason = new Error("enough");
    const stream = LMLiteBlock.connect(endpoint).streamObject({ ...request, signal: controller.signal });
    await assert.rejects(
      async () => {
        for await (const event of stream) if (event.type === "try-fail") controller.abort(reason);
      },
      (error) => error === reason,
    );
    assert.equal(endpoint.requests.length, 1);
  });

  test("leaving the loop ends it before the next request", async () => {
    await using endpoint = await scriptedEndpoint(answer(wrong));
    for await (const event of LMLiteBlock.connect(endpoint).streamObject(request)) {
      if (event.type === "try-fail") break;
    }
    assert.equal(endpoint.requests.length, 1);
  });

  test("an endpoint that dies in the second try ends it", async () => {
    await using endpoint = await scriptedEndpoint(
      inTurn(answer(wrong), (response, incoming) => {
        beginning('{"name":"c')(response, incoming);
        setTimeout(() => response.destroy(), 20);
      }),
    );
    await assert.rejects(LMLiteBlock.connect(endpoint).generate(request), (error) => {
      assert.ok(EndpointUnreachableError.isInstance(error));
      assert.equal(error.partialText, '{"name":"c');
      return true;
    });
    assert.equal(endpoint.requests.length, 2);
  });

  test("an endpoint that refuses the second request ends it", async () => {
    const tooLong = { message: "This prompt is too long.", code: "context_length_exceeded" };
    await using endpoint = await scriptedEndpoint(inTurn(answer(wrong), refusal(400, tooLong)));
    await assert.rejects(LMLiteBlock.connect(endpoint).generate(request), (error) => {
      assert.ok(EndpointError.isInstance(error));
      assert.equal(error.errorCode, "context_length_exceeded");
      return true;
    });
    assert.equal(endpoint.requests.length, 2);
  });
});
