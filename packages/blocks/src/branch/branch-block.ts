import type { Schema } from "@conduit/types";
import { type Block, execute } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { isSameSchema, sharedSchema, standingFor } from "../composed/joined-schema.ts";
import { anyOf } from "../composed/joined-schemas.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { identityOf } from "../describe/identity.ts";
import type { Validated } from "../validated.ts";
import { UnknownCaseError } from "./unknown-case-error.ts";

export class BranchBlock extends ComposedBlock {
  readonly #choose: (data: unknown) => string;
  readonly #cases: ReadonlyMap<string, Block>;

  constructor(input: Schema, choose: (data: unknown) => string, cases: Readonly<Record<string, Block>>) {
    const outputs = Object.values(cases).map(({ output }) => output);
    const shared = sharedSchema(outputs);
    const names = Object.entries(cases).map(([name, block]) => `${name}: ${block.name}`);
    super(input, shared === undefined ? anyOf(outputs) : standingFor(shared), {
      name: `branch(${names.join(", ")})`,
    });
    this.#choose = choose;
    this.#cases = new Map(Object.entries(cases));
  }

  override get [blockDetails](): BlockDetails {
    const parts = [...this.#cases].map(([label, block]) => ({ label, block }));
    return { kind: "branch", parts, identity: identityOf(this.#choose) };
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const name = this.#choose(data);
    const chosen = this.#cases.get(name);
    if (chosen === undefined) {
      throw new UnknownCaseError({ block: this.name, chosen: name, cases: [...this.#cases.keys()] });
    }
    const validated = isSameSchema(chosen.input, this.input) ? { written, value: data } : undefined;
    return chosen[execute](data, context, validated);
  }
}
