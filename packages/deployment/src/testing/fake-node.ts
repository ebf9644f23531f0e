import type { NodeEndpoint } from "../endpoint.ts";
import type { RoutedNode } from "../routing/routed-node.ts";

/** A node without a machine: a test says whether it is ready, and what its probes find. */
export class FakeNode implements RoutedNode {
  readonly name: string;
  ready = true;
  answers = true;
  probes = 0;
  endpoint: NodeEndpoint;

  constructor(name: string) {
    this.name = name;
    this.endpoint = { nodeName: name, baseUrl: `http://${name}.test`, key: "key" };
  }

  async probe(): Promise<boolean> {
    this.probes++;
    if (!this.answers) throw new Error("connection refused");
    return true;
  }
}
