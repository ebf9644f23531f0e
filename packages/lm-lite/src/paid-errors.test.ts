import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addUsage,
  InvalidSchemaError,
  NO_USAGE,
  type Schema,
  toStandardSchema,
  type Usage,
} from "@conduit/types";
import { Type } from "typebox";
import { z } from "zod";
import { EndpointError } from "./errors/endpoint-error.ts";
import { EndpointUnreachableError } from "./errors/endpoint-unreachable-error.ts";
import { OutputCheckFailedError } from "./errors/output-check-failed-error.ts";
import { InferenceBlock } from "./inference-block.ts";
import { LmClient } from "./lm-client.ts";
import { LMLiteBlock } from "./lm-lite-block.ts";
import {
  answer,
  beginning,
  chunk,
  inTurn,
  type Responder,
  refusal,
  scriptedEndpoint,
  sendEvents,
  usageChunk,
} from "./testing/scripted-endpoint.ts";

const Animal = Type.Object({ name: Type.String(), legs: Type.Integer() });
const wrong = '{"name":"cat","legs":"many"}';
const request = { model: "m", output: Animal, guidance: "Name an animal." };

const nothing = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
const ofOne = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
const ofTwo = { inputTokens: 40, outputTokens: 12, totalTokens: 52 };

const paidOnce = answer(wrong, { usage: [10, 5] });
const overloaded = refusal(503, { message: "Overloaded", code: "overloaded" });
const dying: Responder = (response, incoming) => {
  beginning('{"name":"c')(response, incoming);
  setTimeout(() => response.destroy(), 20);
};
const tellingBefore = (...last: readonly unknown[]): Responder => {
  return (response) => sendEvents(response, [chunk({ content: '{"na' }), usageChunk(30, 7), ...last]);
};

interface Failure {
  readonly name: string;
  /** What the endpoint answers, try by try. */
  readonly responders: readonly Responder[];
  readonly isExpected: (error: unknown) => error is EndpointError | EndpointUnreachableError;
  readonly usage: object;
}
const isEndpoint = (error: unknown) => EndpointError.isInstance(error);
const isUnreachable = (error: unknown) => EndpointUnreachableError.isInstance(error);
const lost = { error: { message: "device lost" } };

const failures: readonly Failure[] = [
  { name: "an error at once", responders: [overloaded], isExpected: isEndpoint, usage: nothing },
  {
    name: "an error in the second try",
    responders: [paidOnce, overloaded],
    isExpected: isEndpoint,
    usage: ofOne,
  },
  {
    name: "an end of the second answer",
    responders: [paidOnce, dying],
    isExpected: isUnreachable,
    usage: ofOne,
  },
  {
    name: "an end of the second answer after its usage",
    responders: [paidOnce, tellingBefore()],
    isExpected: isUnreachable,
    usage: ofTwo,
  },
  {
    name: "an error in the second answer after its usage",
    responders: [paidOnce, tellingBefore(lost)],
    isExpected: isEndpoint,
    usage: ofTwo,
  },
];

describe("an endpoint that fails tells what was paid:", () => {
  for (const { name, responders, isExpected, usage } of failures) {
    test(`${name}, to whoever generates`, async () => {
      await using endpoint = await scriptedEndpoint(inTurn(...responders));
      await assert.rejects(LMLiteBlock.connect(endpoint).generate(request), (error) => {
        assert.ok(isExpected(error));
        assert.deepEqual([error.usage, error.tries], [usage, responders.length]);
        return true;
      });
    });

    test(`${name}, in the events of a block`, async () => {
      await using endpoint = await scriptedEndpoint(inTurn(...responders));
      const block = LMLiteBlock.connect(endpoint).block({ ...request, input: Animal });
      assert.deepEqual(await usageUntil(block, isExpected), usage);
    });
  }

  test("in text too", async () => {
    await using endpoint = await scriptedEndpoint(tellingBefore());
    const messages = [{ role: "user", content: "Hello" }] as const;
    await assert.rejects(LMLiteBlock.connect(endpoint).chat({ model: "m", messages }), (error) => {
      assert.ok(EndpointUnreachableError.isInstance(error));
      assert.deepEqual([error.usage.totalTokens, error.tries, error.partialText], [37, 1, '{"na']);
      return true;
    });
  });
});

describe("an output schema that throws", () => {
  const mistake = new RangeError("cannot divide by legs");
  const failing = (value: { legs: number }) => {
    if (value.legs === 0) throw mistake;
    return true;
  };
  const Legs = z.object({ legs: z.int() });
  const asynchronous: Schema = {
    "~standard": {
      ...Legs["~standard"],
      async validate(value) {
        const checked = await Legs["~standard"].validate(value);
        if (checked.issues === undefined) failing(checked.value);
        return checked;
      },
    },
  };
  const schemas: Record<string, Schema> = {
    refine: Legs.refine(failing),
    transform: Legs.transform(failing),
    "asynchronous validation": asynchronous,
  };
  for (const [name, output] of Object.entries(schemas)) {
    test(`in its ${name} is an error with the usage of all tries, and its own error as the cause`, async () => {
      await using endpoint = await scriptedEndpoint(
        inTurn(paidOnce, answer('{"legs":0}', { usage: [30, 7] }), answer('{"legs":4}')),
      );
      await assert.rejects(LMLiteBlock.connect(endpoint).generate({ model: "m", output }), (error) => {
        assert.ok(OutputCheckFailedError.isInstance(error));
        assert.equal(error.code, "OUTPUT_CHECK_FAILED");
        assert.equal(error.cause, mistake);
        assert.match(error.message, /cannot divide by legs/);
        assert.deepEqual([error.usage, error.tries], [ofTwo, 2]);
        assert.deepEqual(error.answers, [wrong, '{"legs":0}']);
        return true;
      });
      assert.equal(endpoint.requests.length, 2);
    });
  }

  test("because only its own library could have known is one as well", async () => {
    const output = toStandardSchema(Type.Object({ code: Type.String({ pattern: "(?i)abc" }) }));
    await using endpoint = await scriptedEndpoint(answer('{"code":"abc"}', { usage: [10, 5] }));
    const block = LMLiteBlock.connect(endpoint).block({ model: "m", input: Animal, output });
    await assert.rejects(block.run({ name: "dog", legs: 4 }), (error) => {
      assert.ok(OutputCheckFailedError.isInstance(error));
      assert.ok(InvalidSchemaError.isInstance(error.cause));
      assert.deepEqual(error.usage, ofOne);
      return true;
    });
  });
});

test("an error of a deployment stays what it is, and the events of a block tell the usage of the tries before it", async () => {
  await using endpoint = await scriptedEndpoint(paidOnce);
  const { baseUrl } = endpoint;
  const ended = new Error("The node ended.");
  const client = new LmClient({
    source: {
      async acquire() {
        if (endpoint.requests.length > 0) throw ended;
        return { endpoint: { nodeName: "n", baseUrl }, release: () => undefined };
      },
    },
    servedName: (model) => model,
    alwaysConstrains: true,
  });
  const block = new InferenceBlock(client, { ...request, input: Animal });
  assert.deepEqual(await usageUntil(block, (error) => error === ended), ofOne);
});

/** What the events of a block add up to until it fails as expected. */
async function usageUntil(
  block: InferenceBlock<typeof Animal, typeof Animal>,
  isExpected: (error: unknown) => boolean,
): Promise<Usage> {
  let usage = NO_USAGE;
  await assert.rejects(async () => {
    for await (const event of block.stream({ name: "dog", legs: 4 })) {
      if (event.type === "usage") usage = addUsage(usage, event.usage);
    }
  }, isExpected);
  return usage;
}
