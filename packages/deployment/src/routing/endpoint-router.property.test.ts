import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { EndpointLease } from "../endpoint.ts";
import { ManualClock } from "../testing/clock/manual-clock.ts";
import { FakeNode } from "../testing/fake-node.ts";
import { EndpointRouter } from "./endpoint-router.ts";

const RUNS = 500;
const NODES = 4;

/** A node that knows what a router should know of it. */
class ObservedNode extends FakeNode {
  isMember = false;
  isOut = false;
  /** How often what was known of its failures has been forgotten. */
  comebacks = 0;

  probesInVain = 0;

  override async probe(): Promise<boolean> {
    // Not thrown: a probe that throws is a node that does not answer.
    if (!this.isOut || !this.ready || !this.isMember) this.probesInVain++;
    const answers = await super.probe();
    this.forget();
    return answers;
  }

  forget(): void {
    this.isOut = false;
    this.comebacks++;
  }

  get isTaking(): boolean {
    return this.isMember && this.ready && !this.isOut;
  }
}

/** A request, and what has become of it. */
interface Asked {
  readonly isBack: boolean;
  readonly controller: AbortController;
  state: "waiting" | "running" | "ended" | "aborted";
  lent?: { readonly lease: EndpointLease; readonly node: ObservedNode; readonly comebacks: number };
}

/** A router, with all who asked it for something. */
class World {
  readonly clock = new ManualClock();
  readonly nodes = Array.from({ length: NODES }, (_, index) => new ObservedNode(`node-${index}`));
  readonly asked: Asked[] = [];
  readonly router: EndpointRouter;
  readonly #limit: number;

  constructor(policy: "least-outstanding" | "round-robin", limit: number) {
    this.#limit = limit;
    this.router = new EndpointRouter({
      policy,
      maxOutstandingPerNode: limit,
      unreachablePatienceMs: Number.POSITIVE_INFINITY,
      clock: this.clock,
    });
  }

  acquire(avoid: readonly number[]): void {
    const controller = new AbortController();
    const asked: Asked = { isBack: avoid.length > 0, controller, state: "waiting" };
    this.asked.push(asked);
    this.router.acquire({ signal: controller.signal, avoid: avoid.map((index) => `node-${index}`) }).then(
      (lease) => this.#take(asked, lease),
      (error: unknown) => {
        assert.equal(error, controller.signal.reason);
        asked.state = "aborted";
      },
    );
  }

  #take(asked: Asked, lease: EndpointLease): void {
    const place = (one: Asked) => (one.isBack ? 0 : this.asked.length) + this.asked.indexOf(one);
    // Whoever was served in the same step, but before, has heard of it before.
    assert.ok(this.#in("waiting").every((other) => place(other) >= place(asked)));
    const node = this.nodes.find(({ name }) => name === lease.endpoint.nodeName);
    assert.ok(node?.isTaking);
    asked.state = "running";
    asked.lent = { lease, node, comebacks: node.comebacks };
  }

  end(index: number, how: "release" | "fail"): void {
    const asked = this.#in("running")[index];
    if (asked?.lent === undefined) return;
    const { lease, node, comebacks } = asked.lent;
    if (how === "fail" && node.isTaking && node.comebacks === comebacks) node.isOut = true;
    asked.state = "ended";
    if (how === "fail") lease.fail(new Error("refused"));
    lease.release();
  }

  abort(index: number): void {
    const asked = this.#in("waiting")[index];
    if (asked === undefined) return;
    asked.controller.abort(new Error("enough"));
    asked.state = "aborted";
  }

  setNodes(nodes: readonly ObservedNode[]): void {
    for (const node of this.nodes) {
      if (node.isMember && !nodes.includes(node)) node.forget();
      node.isMember = nodes.includes(node);
    }
    this.router.setNodes(nodes);
  }

  /** What must hold whenever nothing is happening. */
  check(): void {
    const waiting = this.#in("waiting").length;
    assert.partialDeepStrictEqual(this.router.load, { outstanding: this.#in("running").length, waiting });
    for (const node of this.nodes) {
      assert.equal(node.probesInVain, 0);
      const atNode = this.#in("running").filter(({ lent }) => lent?.node === node).length;
      assert.ok(atNode <= this.#limit, `${atNode} at ${node.name}`);
      assert.ok(waiting === 0 || !node.isTaking || atNode === this.#limit, `${node.name} is free`);
    }
  }

  /** Whether all are served once all nodes answer. */
  async finish(): Promise<void> {
    for (const node of this.nodes) Object.assign(node, { ready: true, answers: true });
    this.setNodes(this.nodes);
    for (let passed = 0; passed < 3; passed++) {
      this.clock.advance(1_000);
      await setImmediate();
    }
    while (this.#in("running").length > 0) {
      this.end(0, "release");
      await setImmediate();
      this.check();
    }
    assert.deepEqual(this.#in("waiting"), []);
  }

  #in(state: Asked["state"]): readonly Asked[] {
    return this.asked.filter((asked) => asked.state === state);
  }
}

type Step = (world: World) => void;

const index = fc.nat({ max: 9 });
const nodeIndex = fc.nat({ max: NODES - 1 });
const nodeIndices = fc.uniqueArray(nodeIndex);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((world) => world.acquire([])) },
  nodeIndices.map<Step>((avoid) => (world) => world.acquire(avoid)),
  { weight: 3, arbitrary: index.map<Step>((which) => (world) => world.end(which, "release")) },
  { weight: 3, arbitrary: index.map<Step>((which) => (world) => world.end(which, "fail")) },
  index.map<Step>((which) => (world) => world.abort(which)),
  nodeIndices.map<Step>((which) => (world) => world.setNodes(which.flatMap((at) => world.nodes[at] ?? []))),
  fc.record({ at: nodeIndex, ready: fc.boolean(), answers: fc.boolean() }).map<Step>(({ at, ...said }) => {
    return (world) => {
      Object.assign(world.nodes[at] ?? {}, said);
      world.setNodes(world.nodes.filter(({ isMember }) => isMember));
    };
  }),
  fc.nat({ max: 2_000 }).map<Step>((durationMs) => (world) => world.clock.advance(durationMs)),
);

test("no request is lost or served out of turn, and no node gets more than it may, whatever happens", async () => {
  const policy = fc.constantFrom("least-outstanding" as const, "round-robin" as const);
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  await fc.assert(
    fc.asyncProperty(policy, fc.integer({ min: 1, max: 3 }), steps, async (chosen, limit, taken) => {
      const world = new World(chosen, limit);
      world.setNodes(world.nodes);
      for (const take of taken) {
        take(world);
        await setImmediate();
        world.check();
      }
      await world.finish();
    }),
    { numRuns: RUNS },
  );
});
