import { describe, test } from "node:test";
import { assertOneNode } from "./testing/assert-one-node.ts";

describe("programs that deploy the same at once", () => {
  test("share one node", () => assertOneNode(8, { killed: 0 }));

  test("share one node when some of them are killed meanwhile", () => assertOneNode(8, { killed: 3 }));
});
