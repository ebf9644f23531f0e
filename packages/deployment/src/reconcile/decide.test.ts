import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DeploymentRow, NodeRow, ProviderNode, ProviderNodeStatus } from "@conduit/types";
import { decide } from "./decide.ts";
import type { Decision, Facts } from "./facts.ts";
import { CREATE_PATIENCE_MS, NOTICE_MS } from "./judge-node.ts";

const NOW = 1_000_000_000;
const WINDOW = 30_000;

const deployment: DeploymentRow = {
  id: "d",
  namespace: "default",
  key: "aaaaaaaa".repeat(8),
  runtime: "LM_LITE",
  type: "CONTAINER",
  provider: "RUNPOD",
  scope: "account",
  gpuCount: 1,
  status: "DEPLOYING",
  spec: {},
  replicas: 1,
  endpointKey: "secret",
  keep: false,
  idleTimeoutSeconds: 600,
  plannedPriceMicroDollarsPerHour: 400_000,
  spentMicroDollars: 0,
  failures: 0,
  createdAtMs: 1,
  updatedAtMs: 1,
};

function row(nonce: string, change: Partial<NodeRow> = {}, key8 = "aaaaaaaa"): NodeRow {
  return {
    name: `conduit-00000000-${key8}-${nonce.padStart(8, "0")}`,
    deploymentId: "d",
    status: "PROVISIONED",
    externalId: nonce,
    attempts: 1,
    plannedPriceMicroDollarsPerHour: 400_000,
    createdAtMs: NOW - 60_000,
    updatedAtMs: NOW - 60_000,
    billedSinceMs: NOW - 60_000,
    ...change,
  };
}

interface Situation extends Partial<Omit<Facts, "deployment">> {
  readonly deployment?: Partial<DeploymentRow>;
  /** What the provider says of each node; those that are not named it does not know. */
  readonly at?: Readonly<Record<string, ProviderNodeStatus | Partial<ProviderNode>>>;
}

function decideOn({ at = {}, ...given }: Situation): Decision {
  const nodes = given.nodes ?? [];
  const seen = new Map<string, ProviderNode>();
  for (const { name } of nodes) {
    const id = name.split("-").at(-1)?.replace(/^0+/, "") ?? "";
    const said = at[id];
    if (said === undefined) continue;
    seen.set(name, { id, name, status: "running", ...(typeof said === "string" ? { status: said } : said) });
  }
  const absent = new Set(nodes.map(({ name }) => name).filter((name) => !seen.has(name)));
  let count = 0;
  return decide({
    nowMs: NOW,
    nodes,
    observation: { seen, absent },
    attachmentIds: new Set(["me"]),
    ownAttachmentId: "me",
    outstanding: 0,
    visibilityWindowMs: WINDOW,
    canStop: true,
    wanted: true,
    creation: {
      attachmentId: "me",
      newName: () => row(`new${++count}`).name,
      offering: { id: "L4", gpu: "L4", gpuCount: 1, priceMicroDollarsPerHour: 400_000 },
    },
    busy: new Set(),
    nodesInUse: new Set(),
    ...given,
    deployment: { ...deployment, ...given.deployment },
  });
}

const told = ({ effects }: Decision) => effects.map(({ kind, row: { name } }) => `${kind} ${nonceOf(name)}`);
const gone = ({ farewells }: Decision) =>
  farewells.map(({ row: { name }, tombstone }) => `${nonceOf(name)}${tombstone ? " buried" : ""}`);
const nonceOf = (name: string) => name.split("-").at(-1)?.replace(/^0+/, "");
const statusOf = ({ changes }: Decision, nonce: string) =>
  changes.find(({ row: { name } }) => nonceOf(name) === nonce)?.row.status;

describe("nodes that are wanted", () => {
  test("are created where they are missing, by who knows what they run", () => {
    const decision = decideOn({ deployment: { replicas: 2 }, nodes: [row("a")], at: { a: "running" } });
    assert.deepEqual(told(decision), ["create new1"]);
    const [change] = decision.changes.filter(({ row: { status } }) => status === "PROVISIONING");
    assert.equal(change?.row.creatorId, "me");
    assert.deepEqual(told(decideOn({ creation: undefined })), []);
    assert.deepEqual(told(decideOn({ wanted: false })), []);
  });

  test("are not created while the one that they replace is still there", () => {
    const nodes = [row("a", { status: "DELETING" })];
    assert.deepEqual(told(decideOn({ nodes, at: { a: "running" } })), ["terminate a"]);
    assert.deepEqual(told(decideOn({ nodes })), ["create new1"]);
  });

  test("make the deployment DEPLOYED when all have been ready", () => {
    const nodes = [row("a", { status: "DEPLOYED" })];
    assert.equal(decideOn({ nodes, at: { a: "running" } }).deployment?.status, "DEPLOYED");
    const more = decideOn({ nodes, at: { a: "running" }, deployment: { replicas: 2, status: "DEPLOYED" } });
    assert.equal(more.deployment?.status, "DEPLOYING");
  });

  test("are started where they had stopped", () => {
    const nodes = [row("a", { status: "STOPPED", billedSinceMs: undefined })];
    assert.deepEqual(told(decideOn({ nodes, at: { a: "stopped" } })), ["start a"]);
    assert.deepEqual(told(decideOn({ nodes, at: { a: "stopped" }, wanted: false })), []);
    assert.equal(statusOf(decideOn({ nodes, at: { a: "running" } }), "a"), "PROVISIONED");
  });

  test("are looked for anew where they had stopped: by then another may listen where they did", () => {
    const nodes = [row("a", { status: "DEPLOYED", baseUrl: "http://127.0.0.1:32768" })];
    assert.deepEqual(decideOn({ nodes, at: { a: "running" } }).changes, []);
    const [change] = decideOn({ nodes, at: { a: "stopped" }, wanted: false }).changes;
    assert.deepEqual([change?.row.status, change?.row.baseUrl], ["STOPPED", undefined]);
  });
});

describe("nodes that are too many", () => {
  test("go: those that are not ready first, then the newest", () => {
    const nodes = [
      row("a", { status: "DEPLOYED", createdAtMs: 1 }),
      row("b", { status: "DEPLOYED", createdAtMs: 2 }),
      row("c", { createdAtMs: 0 }),
    ];
    const at = { a: "running", b: "running", c: "running" } as const;
    const decision = decideOn({ nodes, at, deployment: { replicas: 1 } });
    assert.deepEqual([statusOf(decision, "b"), statusOf(decision, "c")], ["DELETING", "DELETING"]);
    assert.equal(statusOf(decision, "a"), undefined);
    // Whoever uses them has to see it first.
    assert.deepEqual(told(decision), []);
    assert.equal(decision.waiting, true);
  });

  test("stay as long as they answer requests, and others may not have seen that they go", () => {
    const nodes = [row("a", { status: "DEPLOYED" }), row("b", { status: "DELETING", updatedAtMs: NOW - 1 })];
    const at = { a: "running", b: "running" } as const;
    assert.deepEqual(told(decideOn({ nodes, at })), ["terminate b"]);
    const busy = new Set(nodes.map(({ name }) => name));
    assert.deepEqual(told(decideOn({ nodes, at, busy })), []);
    const attachmentIds = new Set(["me", "you"]);
    assert.deepEqual(told(decideOn({ nodes, at, attachmentIds })), []);
    // One who only reconciles is none of those who use them.
    assert.deepEqual(told(decideOn({ nodes, at, ownAttachmentId: undefined })), []);
    const older = [nodes[0] as NodeRow, row("b", { status: "DELETING", updatedAtMs: NOW - NOTICE_MS })];
    assert.deepEqual(told(decideOn({ nodes: older, at, attachmentIds })), ["terminate b"]);
    assert.deepEqual(told(decideOn({ nodes, at, busy, deployment: { status: "DELETING" } })), [
      "terminate b",
      "terminate a",
    ]);
  });

  test("stay for requests of others, too, but no longer than the deployment lets them", () => {
    const of = (ageMs: number, change: Partial<DeploymentRow> = {}) => {
      const [a, b] = [
        row("a", { status: "DEPLOYED" }),
        row("b", { status: "DELETING", updatedAtMs: NOW - ageMs }),
      ];
      const at = { a: "running", b: "running" } as const;
      const attachmentIds = new Set(["me", "you"]);
      return told(
        decideOn({ nodes: [a, b], at, attachmentIds, nodesInUse: new Set([b.name]), deployment: change }),
      );
    };
    assert.deepEqual(of(NOTICE_MS), []);
    assert.deepEqual(of(299_999), []);
    assert.deepEqual(of(300_000), ["terminate b"]);
    assert.deepEqual(of(7_000, { drainTimeoutSeconds: 7 }), ["terminate b"]);
    assert.deepEqual(of(0, { drainTimeoutSeconds: 0 }), ["terminate b"]);
    // Where another one takes its place only when it is gone, requests wait for that.
    assert.deepEqual(of(59_999, { replicas: 2 }), []);
    assert.deepEqual(of(60_000, { replicas: 2 }), ["terminate b"]);
  });

  test("of before an update go only when the new ones are ready", () => {
    const old = row("old", { status: "DEPLOYED" }, "bbbbbbbb");
    const at = { old: "running", a: "running" } as const;
    const early = decideOn({ nodes: [old, row("a")], at });
    assert.equal(statusOf(early, "old"), undefined);
    const late = decideOn({ nodes: [old, row("a", { status: "DEPLOYED" })], at });
    assert.equal(statusOf(late, "old"), "DELETING");
    const missing = decideOn({ nodes: [old, row("a", { status: "DEPLOYED" })], at: { old: "running" } });
    assert.equal(statusOf(missing, "old"), undefined);
  });
});

describe("a node that the provider does not know", () => {
  test("is believed to be gone after two looks across the window", () => {
    const first = decideOn({ nodes: [row("a")] });
    assert.equal(first.changes[0]?.row.missingSinceMs, NOW);
    assert.deepEqual([gone(first), first.waiting], [[], true]);
    assert.deepEqual(gone(decideOn({ nodes: [row("a", { missingSinceMs: NOW - WINDOW + 1 })] })), []);
    const last = decideOn({ nodes: [row("a", { missingSinceMs: NOW - WINDOW })] });
    assert.deepEqual(gone(last), ["a buried"]);
    assert.deepEqual(told(last), ["create new1"]);
  });

  test("is there after all when it is seen again", () => {
    const decision = decideOn({ nodes: [row("a", { missingSinceMs: 5 })], at: { a: "running" } });
    assert.equal(decision.changes[0]?.row.missingSinceMs, undefined);
  });

  test("may be about to come, as long as who asks for it lives", () => {
    const asked = { status: "PROVISIONING", externalId: undefined, billedSinceMs: undefined } as const;
    const mine = decideOn({ nodes: [row("a", { ...asked, creatorId: "me" })] });
    assert.deepEqual([mine.changes, mine.effects, mine.waiting], [[], [], true]);
    const late = row("a", { ...asked, creatorId: "me", createdAtMs: NOW - CREATE_PATIENCE_MS });
    assert.equal(decideOn({ nodes: [late] }).changes[0]?.row.missingSinceMs, NOW);
    const orphaned = row("a", { ...asked, creatorId: "you", missingSinceMs: NOW - WINDOW });
    assert.deepEqual(gone(decideOn({ nodes: [orphaned] })), ["a buried"]);
    assert.deepEqual(
      gone(decideOn({ nodes: [{ ...orphaned, missingSinceMs: NOW }], visibilityWindowMs: 0 })),
      ["a buried"],
    );
  });

  test("is adopted when it comes", () => {
    const nodes = [row("a", { status: "PROVISIONING", externalId: undefined })];
    const decision = decideOn({ nodes, at: { a: "creating" } });
    assert.equal(statusOf(decision, "a"), "PROVISIONED");
    assert.equal(decision.changes[0]?.row.externalId, "a");
    assert.deepEqual(told(decision), []);
  });

  test("and was to go is gone at once, but may turn up once more", () => {
    assert.deepEqual(gone(decideOn({ nodes: [row("a", { status: "DELETING" })] })), ["a buried"]);
  });
});

describe("failures", () => {
  const failed = { a: { status: "failed", failure: "out of luck" } } as const;

  test("are counted, and the node replaced, until there are too many", () => {
    const first = decideOn({ nodes: [row("a")], at: failed });
    assert.deepEqual([first.deployment?.failures, first.deployment?.lastError], [1, "out of luck"]);
    assert.deepEqual(told(first), ["terminate a"]);
    const last = decideOn({ nodes: [row("a")], at: failed, deployment: { failures: 2 } });
    assert.equal(last.deployment?.status, "FAILED");
    assert.equal(decideOn({ deployment: { failures: 3 } }).effects.length, 0);
  });

  test("include an end without one before a node was ready, unless it may have been unused for long", () => {
    for (const status of ["PROVISIONING", "PROVISIONED"] as const) {
      const nodes = [row("a", { status, billedSinceMs: NOW - 1 })];
      const first = decideOn({ nodes, at: { a: "stopped" } });
      assert.equal(first.deployment?.failures, 1);
      assert.match(first.deployment?.lastError ?? "", /ended by itself before it was ready/);
      assert.deepEqual(told(first), ["terminate a"]);
      const last = decideOn({ nodes, at: { a: "stopped" }, deployment: { failures: 2 } });
      assert.equal(last.deployment?.status, "FAILED");
      const stopped = decideOn({ nodes, at: { a: "stopped" }, deployment: { status: "STOPPED" } });
      assert.deepEqual([stopped.deployment?.failures, told(stopped)], [0, []]);
    }
    for (const asleep of [
      row("a", { status: "DEPLOYED", billedSinceMs: NOW - 1 }),
      row("a", { billedSinceMs: NOW - deployment.idleTimeoutSeconds * 1000 }),
    ]) {
      const decision = decideOn({ nodes: [asleep], at: { a: "stopped" }, wanted: false });
      assert.deepEqual([statusOf(decision, "a"), decision.deployment?.failures], ["STOPPED", 0]);
    }
  });

  test("do not end a deployment some of whose nodes are ready", () => {
    const nodes = [row("a"), row("b", { status: "DEPLOYED" })];
    const at = { ...failed, b: "running" } as const;
    const decision = decideOn({ nodes, at, deployment: { failures: 9, replicas: 2 } });
    assert.equal(decision.deployment?.status, "DEPLOYING");
    assert.deepEqual(told(decision), ["terminate a"]);
  });

  test("end all nodes of a deployment that failed", () => {
    const nodes = [row("a"), row("b", { status: "FAILED", lastError: "no weights" })];
    const at = { a: "running", b: "running" } as const;
    const decision = decideOn({ nodes, at, deployment: { status: "FAILED", replicas: 2 } });
    assert.deepEqual(told(decision).sort(), ["terminate a", "terminate b"]);
  });

  test("include a price above the plan, with both prices", () => {
    const at = { a: { priceMicroDollarsPerHour: 500_000 } };
    const decision = decideOn({ nodes: [row("a")], at });
    assert.equal(decision.deployment?.status, "FAILED");
    assert.match(
      decision.deployment?.lastError ?? "",
      /at most \$0\.40 an hour as planned, but the provider asks \$0\.50/,
    );
    assert.deepEqual(told(decision), ["terminate a"]);
    const rounded = decideOn({ nodes: [row("a")], at: { a: { priceMicroDollarsPerHour: 403_000 } } });
    assert.deepEqual([rounded.deployment?.status, told(rounded)], ["DEPLOYING", []]);
  });

  test("for the price alone leave nodes that work alone, also those of before an update", () => {
    for (const [key8, replicas] of [
      ["aaaaaaaa", 2],
      ["bbbbbbbb", 1],
    ] as const) {
      const nodes = [row("a"), row("b", { status: "DEPLOYED" }, key8)];
      const at = { a: { priceMicroDollarsPerHour: 500_000 }, b: "running" } as const;
      const decision = decideOn({ nodes, at, deployment: { replicas } });
      assert.deepEqual([decision.deployment?.status, decision.deployment?.failures], ["DEPLOYING", 1]);
      assert.match(decision.deployment?.lastError ?? "", /\$0\.40 .*\$0\.50/);
      assert.deepEqual(told(decision), ["terminate a"]);
    }
    const raised = row("a", { status: "DEPLOYED" });
    const alone = decideOn({ nodes: [raised], at: { a: { priceMicroDollarsPerHour: 500_000 } } });
    assert.equal(alone.deployment?.status, "FAILED");
  });
});

describe("a deployment", () => {
  test("that was stopped stops its nodes, or ends them where they cannot be", () => {
    const situation = {
      deployment: { status: "STOPPED" },
      nodes: [row("a", { status: "DEPLOYED" })],
      at: { a: "running" },
    } as const;
    assert.deepEqual(told(decideOn(situation)), ["stop a"]);
    assert.deepEqual(told(decideOn({ ...situation, canStop: false })), ["terminate a"]);
    assert.deepEqual(told(decideOn({ ...situation, at: { a: "stopped" } })), []);
  });

  test("that is to go goes when its last node has", () => {
    const deleting = { status: "DELETING" } as const;
    const first = decideOn({ deployment: deleting, nodes: [row("a")], at: { a: "running" } });
    assert.deepEqual([told(first), first.deployment?.id], [["terminate a"], "d"]);
    const last = decideOn({ deployment: deleting, nodes: [row("a", { status: "DELETING" })] });
    assert.equal(last.deployment, undefined);
  });

  test("without nodes and users goes, unless it is kept or was stopped", () => {
    const attachmentIds = new Set<string>();
    const unused = { attachmentIds, creation: undefined, wanted: false };
    assert.equal(decideOn(unused).deployment, undefined);
    assert.equal(decideOn({ ...unused, deployment: { keep: true } }).deployment?.id, "d");
    assert.equal(decideOn({ ...unused, deployment: { status: "STOPPED" } }).deployment?.id, "d");
  });

  test("keeps the sum of what its nodes have cost", () => {
    const hour = { billedSinceMs: NOW - 3_600_000 };
    const nodes = [
      row("a", { status: "DELETING", ...hour }),
      row("b", { ...hour, actualPriceMicroDollarsPerHour: 1 }),
    ];
    const decision = decideOn({ nodes, at: { b: "running" }, deployment: { spentMicroDollars: 7 } });
    assert.equal(decision.deployment?.spentMicroDollars, 400_007);
    const asleep = decideOn({ nodes, at: { b: "stopped" }, deployment: { spentMicroDollars: 7 } });
    assert.equal(asleep.deployment?.spentMicroDollars, 400_008);
    assert.equal(statusOf(asleep, "b"), "STOPPED");
  });
});

describe("replicas that follow the load", () => {
  const scaling = { min: 0, max: 3, targetOutstanding: 4 };
  const of = (replicas: number, outstanding: number, lowLoadSinceMs?: number) => {
    const nodes = Array.from({ length: replicas }, (_, index) => row(`a${index}`, { status: "DEPLOYED" }));
    const at = Object.fromEntries(nodes.map(({ externalId }) => [externalId, "running" as const]));
    return decideOn({ nodes, at, outstanding, deployment: { replicas, scaling, lowLoadSinceMs } });
  };

  test("are more at once, as many as are needed and allowed", () => {
    assert.deepEqual(told(of(1, 5)), ["create new1"]);
    assert.deepEqual(told(of(1, 100)), ["create new1", "create new2"]);
    assert.deepEqual(told(of(2, 8)), []);
  });

  test("are fewer when that has done for a while, and none only when nodes would have ended themselves", () => {
    assert.equal(of(2, 4).deployment?.lowLoadSinceMs, NOW);
    assert.equal(of(2, 5, NOW - 1).deployment?.lowLoadSinceMs, undefined);
    assert.equal(of(2, 4, NOW - 59_999).deployment?.replicas, 2);
    assert.equal(of(2, 4, NOW - 60_000).deployment?.replicas, 1);
    assert.equal(of(1, 0, NOW - 599_999).deployment?.replicas, 1);
    assert.equal(of(1, 0, NOW - 600_000).deployment?.replicas, 0);
  });
});
