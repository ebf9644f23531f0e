import type { ComputeOffering, ComputeProvider } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import type { LivingNode } from "../stand-in/stand-in-world.ts";

/** What goes wrong at a provider; what else belongs to it is the provider's own affair. */
export interface ProviderFault {
  /** `account-changed`, of any provider: a process has the key of another account, which knows none of the nodes. */
  readonly kind: string;
}

/** All that happened at the provider of a case, as nobody who uses it can see. */
export interface ProviderWorld {
  /** Nodes that cost money, or would if they ran. */
  living(): readonly LivingNode[];
  /** How often each name was created. */
  createdByName(): ReadonlyMap<string, number>;
  /** The faults that have been counted, once for each call. */
  faultCalls(): readonly string[];
  /** Ends a node behind everyone's back. */
  kill(name: string): void;
  /** A node that nobody has asked for: what a lost database leaves, or another store. */
  plant(name: string): void;
  /** What was wrong with the requests that were made, where the provider has a document that says what is right. */
  violations?(): readonly string[];
}

/** The provider of one case, which processes come and go at. */
export interface CaseProvider<Fault extends ProviderFault> extends AsyncDisposable {
  readonly world: ProviderWorld;
  /**
   * The provider as a new process uses it, while `faults` are what goes wrong.
   *
   * @param clock - For waiting within a call, which is over when the process is killed.
   */
  connect(faults: readonly Fault[], clock: Clock): ComputeProvider;
  /** How to make worlds that begin as this one is now. Default: not every provider can be set up again. */
  save?(): OpenProvider<Fault>;
}

/** Makes a world for a case whose files lie in `directory`, and which counts by `clock`. */
export type OpenProvider<Fault extends ProviderFault> = (
  directory: string,
  clock: Pick<Clock, "nowMs">,
) => Promise<CaseProvider<Fault>>;

/** Makes providers for the cases of a harness. */
export interface ProviderKind<Fault extends ProviderFault> {
  /** What goes wrong while an operation is interrupted: in the first set nothing, otherwise one thing or some that go together. */
  readonly faultSets: readonly (readonly Fault[])[];
  /** Machines to deploy on. Default: as the provider offers them. */
  readonly offerings?: readonly ComputeOffering[] | undefined;
  /** Makes an empty world. */
  readonly open: OpenProvider<Fault>;
}
