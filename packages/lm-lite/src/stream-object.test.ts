import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SchemaMismatchError } from "@conduit/blocks";
import { InvalidSchemaError, type Schema } from "@conduit/types";
import { Type } from "typebox";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { InvalidRequestError } from "./errors/invalid-request-error.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import type { GenerateRequest } from "./requests.ts";
import type { ObjectStreamEvent } from "./responses.ts";
import { answer, beginning, inTurn, scriptedEndpoint } from "./testing/scripted-endpoint.ts";
import { PartialSnapshot } from "./value/partial-snapshot.ts";

const Recipe = Type.Object({
  name: Type.String(),
  steps: Type.Array(Type.Object({ text: Type.String(), minutes: Type.Integer() })),
  servings: Type.Integer(),
});
const soup = {
  name: "Soup",
  steps: [
    { text: "Cook", minutes: 12 },
    { text: "Eat", minutes: 5 },
  ],
  servings: 4,
};
const wrong = '{"name":"Soup","steps":[],"servings":"a few"}';

type RecipeEvent = ObjectStreamEvent<typeof Recipe>;
const updates = (events: readonly RecipeEvent[]) => events.filter((event) => event.type === "value-update");

describe("streamObject", () => {
  test("gives the value as it grows, and the response last", async () => {
    await using endpoint = await scriptedEndpoint(answer(JSON.stringify(soup)));
    const request = { model: "m", output: Recipe, guidance: "Invent a recipe." };
    const events: RecipeEvent[] = await Array.fromAsync(LMLiteBlock.connect(endpoint).streamObject(request));

    const values = updates(events).map(({ value }) => value);
    const names = values.filter(({ steps }) => steps === undefined).map(({ name }) => name);
    for (const name of ["S", "So", "Sou", "Soup"]) assert.ok(names.includes(name), name);
    assert.ok(names.every((name) => name === undefined || "Soup".startsWith(name)));
    // Numbers appear when they are finished.
    assert.ok(!values.some((value) => value.steps?.[0]?.minutes === 1));
    assert.deepEqual(values.at(-1), soup);
    const last = events.at(-1);
    assert.ok(last?.type === "response-finish");
    assert.deepEqual(last.response, {
      value: soup,
      written: soup,
      repairs: [],
      text: JSON.stringify(soup),
      reasoning: "",
      toolCalls: [],
      usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13 },
      finishReason: "stop",
      node: { name: new URL(endpoint.baseUrl).host, baseUrl: endpoint.baseUrl },
      tries: 1,
      constrained: true,
    });
    assert.equal(events.filter(({ type }) => type === "response-finish").length, 1);
  });

  test("asks as generate does", async () => {
    await using endpoint = await scriptedEndpoint(answer(JSON.stringify(soup)));
    const lm = LMLiteBlock.connect(endpoint);
    const request = { model: "m", output: Recipe, guidance: "Invent.", seed: 1, maxTokens: 99, stop: "#" };
    assert.deepEqual(await lm.generate(request), soup);
    await Array.fromAsync(lm.streamObject(request));
    await lm.respond(request);
    const [first, ...others] = endpoint.requests;
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(others.length, 2);
  });

  test("events lead from one to the next by their deltas, and never change once they are given", async () => {
    await using endpoint = await scriptedEndpoint(answer(JSON.stringify(soup), { chunkLength: 3 }));
    const events: RecipeEvent[] = [];
    const asGiven: string[] = [];
    for await (const event of LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe })) {
      events.push(event);
      asGiven.push(JSON.stringify(event));
    }
    assert.deepEqual(
      events.map((event) => JSON.stringify(event)),
      asGiven,
    );
    const replayed = new PartialSnapshot();
    for (const { value, deltas } of updates(events)) {
      replayed.apply(deltas);
      assert.deepEqual(replayed.value, value);
    }
  });

  test("keeps the parts that did not change", async () => {
    await using endpoint = await scriptedEndpoint(answer(JSON.stringify(soup)));
    const stream = LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe });
    const values = updates(await Array.fromAsync(stream)).map(({ value }) => value);
    const withSecondStep = values.filter(({ steps }) => steps?.[1]?.text !== undefined);
    assert.ok(withSecondStep.length > 3);
    for (const { steps } of withSecondStep) assert.equal(steps?.[0], withSecondStep[0]?.steps?.[0]);
    assert.notEqual(withSecondStep[0]?.steps?.[1], withSecondStep[1]?.steps?.[1]);
    const withServings = values.filter(({ servings }) => servings !== undefined);
    assert.equal(withServings[0]?.steps, values.at(-2)?.steps);
  });

  test("ends with the value that the answer was repaired to", async () => {
    const List = Type.Object({ tags: Type.Array(Type.String()) });
    const text = "{tags: 'soup'}";
    await using endpoint = await scriptedEndpoint(answer(text));
    const events = await Array.fromAsync(
      LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: List }),
    );
    const [update, finish] = events.slice(-2);
    assert.ok(update?.type === "value-update" && finish?.type === "response-finish");
    assert.deepEqual(update.value, { tags: ["soup"] });
    assert.deepEqual(finish.response.value, { tags: ["soup"] });
    assert.ok(finish.response.repairs.some(({ kind }) => kind === "list"));
  });

  test("tells of a failed try, and starts from nothing", async () => {
    await using endpoint = await scriptedEndpoint(
      inTurn(answer(wrong, { reasoning: "Hm." }), answer(JSON.stringify(soup), { reasoning: "Ah." })),
    );
    const events = await Array.fromAsync(
      LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe }),
    );
    const index = events.findIndex(({ type }) => type === "try-fail");
    const failed = events[index];
    assert.ok(failed?.type === "try-fail");
    assert.deepEqual([failed.tryNumber, failed.text, failed.usage.totalTokens], [1, wrong, 13]);
    assert.equal(failed.error.path, "/servings");
    const after = updates(events.slice(index));
    assert.deepEqual(after[0]?.deltas[0], { op: "set", path: "", value: {} });
    assert.equal(after[0]?.value.steps, undefined);
    const finish = events.at(-1);
    assert.ok(finish?.type === "response-finish");
    assert.deepEqual([finish.response.value, finish.response.tries], [soup, 2]);
    assert.equal(finish.response.usage.totalTokens, 26);
    assert.equal(finish.response.reasoning, "Ah.");
  });
});

describe("reasoning", () => {
  const answers = [
    ["sent apart", answer(JSON.stringify(soup), { reasoning: "Soup?" })],
    ["before the answer in its text", answer(`<think>\nSoup?\n</think>\n\n${JSON.stringify(soup)}`)],
    ["whose beginning was in the prompt", answer(`\nSoup?</think>\n\n${JSON.stringify(soup)}`)],
    ["in long chunks", answer(`<think>\nSoup?</think>${JSON.stringify(soup)}`, { chunkLength: 20 })],
  ] as const;
  for (const [name, respond] of answers) {
    test(`${name} is told of, and does not disturb the value`, async () => {
      await using endpoint = await scriptedEndpoint(respond);
      const stream = LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe });
      const events = await Array.fromAsync(stream);
      const reasoning = events.filter((event) => event.type === "reasoning-delta");
      assert.equal(reasoning.map(({ text }) => text).join(""), "Soup?");
      const finish = events.at(-1);
      assert.ok(finish?.type === "response-finish");
      assert.equal(finish.response.reasoning, "Soup?");
      assert.equal(finish.response.text, JSON.stringify(soup));
      assert.deepEqual(finish.response.repairs, []);
      assert.deepEqual(updates(events).at(-1)?.value, soup);
      assert.ok("Soup".startsWith(updates(events)[0]?.value.name ?? ""));
    });
  }

  test("that holds JSON gives way to the answer", async () => {
    const text = `I could say {"name":"Tea"}, but no.</think>${JSON.stringify(soup)}`;
    await using endpoint = await scriptedEndpoint(answer(text));
    const stream = LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe });
    const events = await Array.fromAsync(stream);
    assert.deepEqual(updates(events).at(-1)?.value, soup);
    const replayed = new PartialSnapshot();
    for (const { value, deltas } of updates(events)) {
      replayed.apply(deltas);
      assert.deepEqual(replayed.value, value);
    }
  });
});

describe("a stream of a value that ends early", () => {
  test("by leaving the loop cancels the request", async () => {
    const closed = Promise.withResolvers<void>();
    await using endpoint = await scriptedEndpoint(beginning('{"name":"S', closed.resolve));
    for await (const event of LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe })) {
      assert.deepEqual(event.type === "value-update" && event.value, { name: "S" });
      break;
    }
    await closed.promise;
  });

  test("by its signal throws the reason, and the endpoint hears of it", async () => {
    const closed = Promise.withResolvers<void>();
    await using endpoint = await scriptedEndpoint(beginning('{"name":"S', closed.resolve));
    const controller = new AbortController();
    const reason = new Error("enough");
    const request = { model: "m", output: Recipe, signal: controller.signal };
    await assert.rejects(
      async () => {
        for await (const _event of LMLiteBlock.connect(endpoint).streamObject(request))
          controller.abort(reason);
      },
      (error) => error === reason,
    );
    await closed.promise;
  });

  test("by its endpoint throws what generate throws, with what had come", async () => {
    await using endpoint = await scriptedEndpoint((response) => {
      beginning('{"name":"S')(response, response.req);
      setTimeout(() => response.destroy(), 20);
    });
    const values: unknown[] = [];
    await assert.rejects(
      async () => {
        const stream = LMLiteBlock.connect(endpoint).streamObject({ model: "m", output: Recipe });
        for await (const event of stream) if (event.type === "value-update") values.push(event.value);
      },
      (error) => {
        assert.ok(EndpointUnreachableError.isInstance(error));
        assert.equal(error.partialText, '{"name":"S');
        return true;
      },
    );
    assert.deepEqual(values, [{ name: "S" }]);
    assert.equal(endpoint.requests.length, 1);
  });

  test("before the first read asks nothing", async () => {
    await using endpoint = await scriptedEndpoint(answer("{}"));
    const lm = LMLiteBlock.connect(endpoint);
    const stream = lm.streamObject({ model: "m", output: Recipe })[Symbol.asyncIterator]();
    await stream.return?.();
    assert.equal((await stream.next()).done, true);
    assert.equal(endpoint.requests.length, 0);
  });

  test("because the request is wrong asks nothing", async () => {
    await using endpoint = await scriptedEndpoint(answer("{}"));
    const lm = LMLiteBlock.connect(endpoint);
    const Question = Type.Object({ question: Type.String() });
    const data = { question: 1 as never };
    const request = { model: "m", input: Question, data, output: Recipe };
    await assert.rejects(
      Array.fromAsync(lm.streamObject(request)),
      SchemaMismatchError.isInstance.bind(SchemaMismatchError),
    );
    for (const maxRetries of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const stream = lm.streamObject({ model: "m", output: Recipe, maxRetries });
      await assert.rejects(Array.fromAsync(stream), (error) => {
        assert.ok(InvalidRequestError.isInstance(error));
        assert.equal(error.field, "maxRetries");
        return true;
      });
    }
    assert.equal(endpoint.requests.length, 0);
  });

  test("because a schema cannot check anything asks nothing, and neither does any other call", async () => {
    await using endpoint = await scriptedEndpoint(answer('{"code":"abc"}'));
    const lm = LMLiteBlock.connect(endpoint);
    const Broken = Type.Object({ code: Type.String({ pattern: "(?i)abc" }) });
    const isExpected = (error: unknown) => {
      assert.ok(InvalidSchemaError.isInstance(error));
      assert.match(error.message, /does not compile/);
      return true;
    };
    const requests: readonly GenerateRequest<Schema>[] = [
      { model: "m", output: Broken },
      { model: "m", output: Recipe, input: Broken },
      { model: "m", output: Recipe, input: Broken, data: { code: "abc" } },
    ];
    for (const request of requests) {
      await assert.rejects(lm.generate(request), isExpected);
      await assert.rejects(lm.respond(request), isExpected);
      await assert.rejects(Array.fromAsync(lm.streamObject(request)), isExpected);
    }
    assert.throws(() => lm.block({ model: "m", input: Recipe, output: Broken }), isExpected);
    assert.throws(() => lm.block({ model: "m", input: Broken, output: Recipe }), isExpected);
    assert.equal(endpoint.requests.length, 0);
  });
});
