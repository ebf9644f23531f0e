import type {
  ComputeOffering,
  DeploymentRow,
  NodeHold,
  NodeRow,
  NodeSpec,
  ProviderNode,
} from "@conduit/types";

/** A process that knows all of what a deployment's nodes run, secrets included, and so can create them. */
export interface NodeMaker {
  /** Its attachment. */
  readonly attachmentId: string;
  /** {@link DeploymentRow.key} of what it knows. */
  readonly key: string;
  newName(): string;
  /** Machine for the next node; none where all have been refused. */
  nextOffering(): ComputeOffering | undefined;
  /** The provider does not have that machine now. */
  refuse(offeringId: string, reason: unknown): void;
  specOf(deployment: DeploymentRow, row: NodeRow): NodeSpec;
  /** Takes over what keeps a new node alive, at providers whose nodes end with their holders. */
  hold(node: ProviderNode, hold: NodeHold): void;
}
