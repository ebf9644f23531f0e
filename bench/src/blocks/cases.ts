import { Block, pipe } from "@conduit/blocks";
import { type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Task } from "../speed/interleaved.ts";

/** What is timed on one sort of data: bare, run, bare 10, pipe 10. */
export interface Case {
  readonly data: string;
  readonly tasks: readonly Task[];
}

class SameBlock<S extends TSchema> extends Block<S, S> {
  protected override async forward(data: never) {
    return data;
  }
}

function caseOf<S extends TSchema>(name: string, schema: S, data: unknown): Case {
  const validator = Compile(schema);
  const work = async (value: unknown): Promise<unknown> => value;
  const require = (value: unknown): void => {
    if (!validator.Check(value)) throw new TypeError("no match");
  };
  const bare = async (value: unknown): Promise<unknown> => {
    require(value);
    const result = await work(value);
    require(result);
    return result;
  };
  const bare10 = async (value: unknown): Promise<unknown> => {
    require(value);
    let result = value;
    for (let step = 0; step < 10; step++) {
      result = await work(result);
      require(result);
    }
    return result;
  };
  const same = (): Block => new SameBlock(schema, schema) as Block;
  const block = same();
  const ten = pipe(same(), same(), same(), same(), same(), same(), same(), same(), same(), same());
  return {
    data: name,
    tasks: [
      { name: "bare", run: () => bare(data) },
      { name: "run", run: () => block.run(data) },
      { name: "bare 10", run: () => bare10(data) },
      { name: "pipe 10", run: () => ten.run(data) },
    ],
  };
}

const File = Type.Object({ name: Type.String(), bytes: Type.Integer(), dateModified: Type.String() });
const file = { name: "a", bytes: 1, dateModified: "2026-01-01" };

export const cases: readonly Case[] = [
  caseOf("an object of 3 fields", File, file),
  caseOf("a list of 20 such", Type.Object({ files: Type.Array(File) }), { files: Array(20).fill(file) }),
  caseOf("a list of 500 such", Type.Object({ files: Type.Array(File) }), { files: Array(500).fill(file) }),
];
