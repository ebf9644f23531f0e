import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { observeBlocks, pipe } from "../index.ts";
import { Count, countLetters, deaf, repeat, TestBlock, Text } from "../testing/blocks.ts";
import { openTelemetryObserver } from "./index.ts";

context.setGlobalContextManager(new AsyncLocalStorageContextManager());

function spansOf(exporter: InMemorySpanExporter): Readonly<Record<string, ReadableSpan>> {
  return Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
}

function setUp() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { exporter, tracer: provider.getTracer("test") };
}

const modelled = new TestBlock(
  Text,
  Count,
  ({ text }, { emit }) => {
    emit({ type: "usage", usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, model: "a-model" });
    return { count: text.length };
  },
  { name: "Modelled" },
);

describe("spans", () => {
  test("stand within each other, with schemas, sizes, outcome, model and tokens, and no content", async () => {
    const { exporter, tracer } = setUp();
    await pipe(modelled, repeat).run({ text: "four" }, { observers: [openTelemetryObserver({ tracer })] });
    const spans = spansOf(exporter);
    const whole = spans["pipe(Modelled, Repeat)"];
    const first = spans.Modelled;
    assert.equal(first?.parentSpanContext?.spanId, whole?.spanContext().spanId);
    assert.equal(spans.Repeat?.parentSpanContext?.spanId, whole?.spanContext().spanId);
    assert.deepEqual(first?.attributes, {
      "conduit.block.name": "Modelled",
      "conduit.block.kind": "block",
      "conduit.input.schema": "{ text }",
      "conduit.output.schema": "{ count }",
      "conduit.input.bytes": 15,
      "conduit.output.bytes": 11,
      "conduit.outcome": "result",
      "conduit.usage.input_tokens": 3,
      "conduit.usage.output_tokens": 2,
      "gen_ai.request.model": "a-model",
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.usage.output_tokens": 2,
    });
    assert.equal(whole?.attributes["conduit.usage.input_tokens"], 3);
    assert.equal(whole?.attributes["gen_ai.usage.input_tokens"], undefined);
    assert.ok(!JSON.stringify(Object.values(spans).map(({ attributes }) => attributes)).includes("four"));
  });

  test("have content where it is asked for", async () => {
    const { exporter, tracer } = setUp();
    const observers = [openTelemetryObserver({ tracer, content: true })];
    await countLetters.run({ text: "four" }, { observers });
    const { attributes } = spansOf(exporter).CountLetters ?? {};
    assert.equal(attributes?.["conduit.input"], '{"text":"four"}');
    assert.equal(attributes?.["conduit.output"], '{"count":4}');
  });

  test("say that a block threw, and what only where content is asked for", async () => {
    for (const content of [false, true]) {
      const { exporter, tracer } = setUp();
      const failing = new TestBlock(Text, Count, () => Promise.reject(new RangeError("secret")), {
        name: "F",
      });
      const observers = [openTelemetryObserver({ tracer, content })];
      await assert.rejects(failing.run({ text: "" }, { observers }));
      const span = spansOf(exporter).F;
      assert.equal(span?.status.code, SpanStatusCode.ERROR);
      assert.equal(span.attributes["error.type"], "RangeError");
      assert.equal(span.status.message, content ? "secret" : undefined);
      assert.equal(span.events.length, content ? 1 : 0);
    }
  });

  test("end with an abort, also of blocks that go on", async () => {
    const { exporter, tracer } = setUp();
    const controller = new AbortController();
    const observers = [openTelemetryObserver({ tracer })];
    const running = pipe(deaf(), repeat).run({ text: "" }, { signal: controller.signal, observers });
    setTimeout(() => controller.abort(), 5);
    await assert.rejects(running);
    const outcomes = exporter.getFinishedSpans().map(({ attributes }) => attributes["conduit.outcome"]);
    assert.deepEqual(outcomes, ["abort", "abort"]);
  });

  test("are active while the block works, so that what it does lies within them", async () => {
    const { exporter, tracer } = setUp();
    const requesting = new TestBlock(Text, Text, async (data) => {
      await delay(1);
      tracer.startSpan("request").end();
      return data;
    });
    const observation = observeBlocks(openTelemetryObserver({ tracer }));
    await tracer.startActiveSpan("program", async (program) => {
      await requesting.run({ text: "" });
      program.end();
    });
    observation[Symbol.dispose]();
    const spans = spansOf(exporter);
    const idOf = (name: string): string | undefined => spans[name]?.spanContext().spanId;
    assert.equal(spans.request?.parentSpanContext?.spanId, idOf("TestBlock"));
    assert.equal(spans.TestBlock?.parentSpanContext?.spanId, idOf("program"));
  });

  test("are none where no program has set OpenTelemetry up", async () => {
    trace.disable();
    assert.deepEqual(await countLetters.run({ text: "a" }, { observers: [openTelemetryObserver()] }), {
      count: 1,
    });
  });
});
