import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type DeploymentStatus,
  formatNodeName,
  type NodeStatus,
  type ProviderNodeStatus,
} from "@conduit/types";
import { type Comparison, compare } from "./compare.ts";
import type { StoreContent } from "./store-content.ts";
import { toyDeployment, toyNode } from "./toy-rows.ts";

const storeId = "01234567-89ab-4cde-8f01-23456789abcd";
const nameOf = (nonce: string) => formatNodeName({ store8: "01234567", key8: "89abcdef", nonce });
const one = nameOf("aaaaaaaa");
const two = nameOf("bbbbbbbb");

function content(status: DeploymentStatus, nodes: Readonly<Record<string, NodeStatus>>): StoreContent {
  const rows = Object.entries(nodes).map(([name, nodeStatus]) => ({ ...toyNode(name), status: nodeStatus }));
  return {
    storeId,
    deployments: [{ row: { ...toyDeployment(1), status }, nodes: rows, attachments: [] }],
    tombstones: [],
  };
}

function living(nodes: Readonly<Record<string, ProviderNodeStatus>>) {
  return Object.entries(nodes).map(([name, status]) => ({
    id: `id of ${name}`,
    name,
    status,
    isVisible: true,
    willDie: false,
  }));
}

function kinds(change: Partial<Comparison>): string[] {
  const nothing = { content: content("DEPLOYED", {}), living: [], createdByName: new Map() };
  return compare({ ...nothing, ...change }).map(({ kind }) => kind);
}

describe("compare", () => {
  test("finds nothing wrong with a deployment that runs, or stands still", () => {
    assert.deepEqual(
      kinds({ content: content("DEPLOYED", { [one]: "DEPLOYED" }), living: living({ [one]: "running" }) }),
      [],
    );
    assert.deepEqual(
      kinds({ content: content("STOPPED", { [one]: "STOPPED" }), living: living({ [one]: "stopped" }) }),
      [],
    );
  });

  test("leaves the nodes of other stores alone", () => {
    const name = formatNodeName({ store8: "ffffffff", key8: "89abcdef", nonce: "aaaaaaaa" });
    assert.deepEqual(kinds({ living: living({ [name]: "running" }) }), []);
  });

  test("finds a node without a row", () => {
    assert.deepEqual(kinds({ living: living({ [one]: "running" }) }), ["leaked"]);
  });

  for (const [status, node, row] of [
    ["DELETING", "running", "DEPLOYED"],
    ["DEPLOYED", "running", "DELETING"],
    ["DEPLOYED", "failed", "FAILED"],
    ["STOPPED", "running", "STOPPED"],
  ] as const) {
    test(`finds a node that is ${node} though its row says ${row} and its deployment ${status}`, () => {
      const found = kinds({ content: content(status, { [one]: row }), living: living({ [one]: node }) });
      assert.ok(found.includes("leaked"), String(found));
    });
  }

  test("finds a node too many", () => {
    const rows = content("DEPLOYED", { [one]: "DEPLOYED", [two]: "DEPLOYED" });
    assert.deepEqual(kinds({ content: rows, living: living({ [one]: "running", [two]: "running" }) }), [
      "doubled",
    ]);
  });

  test("finds a name that was created twice, also when the nodes are gone", () => {
    assert.deepEqual(kinds({ createdByName: new Map([[one, 2]]) }), ["doubled"]);
  });

  test("finds a row without a node", () => {
    assert.deepEqual(kinds({ content: content("DEPLOYED", { [one]: "DEPLOYED" }) }), ["lost"]);
  });

  test("finds a node that costs more than planned, but for rounding", () => {
    const found = (priceMicroDollarsPerHour: number) => {
      const nodes = living({ [one]: "running" }).map((node) => ({ ...node, priceMicroDollarsPerHour }));
      return kinds({ content: content("DEPLOYED", { [one]: "DEPLOYED" }), living: nodes });
    };
    const planned = toyNode(one).plannedPriceMicroDollarsPerHour;
    assert.deepEqual([found(planned * 1.005), found(planned * 1.02)], [[], ["dearer"]]);
  });

  test("finds a deployment that was deleted and is still there", () => {
    assert.deepEqual(kinds({ content: content("DELETING", {}) }), ["unwanted"]);
  });
});
