import { describe, test } from "node:test";
import { assertOneNode } from "./testing/assert-one-node.ts";

describe("50 programs that deploy the same at once", () => {
  test("share one node", () => assertOneNode(50, { killed: 0 }));

  test("share one node when 10 of them are killed meanwhile", () => assertOneNode(50, { killed: 10 }));
});
