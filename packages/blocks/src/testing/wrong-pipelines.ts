/** What a file of pipelines has before them. */
export const header = `
import { branch, fallback, map, NoOp, parallel, pipe, retry, type Block } from "@conduit/blocks";
import { Type } from "typebox";

const Text = Type.Object({ text: Type.String() });
const Both = Type.Object({ text: Type.String(), language: Type.String() });
const Numeric = Type.Object({ text: Type.Number() });
const Count = Type.Object({ count: Type.Integer() });
const Person = Type.Object({ name: Type.String(), address: Type.Object({ street: Type.String() }) });
const Moved = Type.Object({ name: Type.String(), address: Type.Object({ street: Type.Number() }) });
const Tags = Type.Object({ tags: Type.Array(Type.String()) });
const Numbers = Type.Object({ tags: Type.Array(Type.Number()) });
const Level = Type.Object({ level: Type.Union([Type.Literal("low"), Type.Literal("high")]) });
const AnyLevel = Type.Object({ level: Type.String() });
const Maybe = Type.Object({ text: Type.Optional(Type.String()) });
const Ok = Type.Object({ success: Type.Literal(true), rows: Type.Array(Text) });
const Failed = Type.Object({ success: Type.Literal(false), reason: Type.String() });
const Operation = Type.Union([Ok, Failed]);
const Rows = Type.Object({ rows: Type.Array(Text) });

declare function block<I extends Type.TSchema, O extends Type.TSchema>(input: I, output: O): Block<I, O>;
const [a, b] = [block(Text, Count), block(Count, Text)];
`;

/** Pipelines that do not fit, and what the compiler has to say of each. */
export const wrongPipelines: readonly (readonly [code: string, message: string])[] = [
  ["pipe(a, a)", "lacks the field 'text'"],
  ["pipe(b, b)", "lacks the field 'count'"],
  ["pipe(a, b, a, a)", "lacks the field 'text'"],
  ["pipe(a, b, a, b, a, b, a, b, a, b, a, a)", "lacks the field 'text'"],
  ["pipe(b, block(Both, Count))", "lacks the field 'language'"],
  ["pipe(block(Text, Numeric), a)", "The field 'text' of the output before this step is of another type"],
  ["pipe(block(Text, Person), block(Moved, Text))", "The field 'address'"],
  ["pipe(block(Text, Tags), block(Numbers, Text))", "The field 'tags'"],
  ["pipe(block(Text, AnyLevel), block(Level, Text))", "The field 'level'"],
  ["pipe(block(Text, Maybe), a)", "The field 'text'"],
  ["pipe(block(Text, Operation), block(Rows, Text))", "lacks the field 'rows'"],
  ["pipe(a, block(Type.Object({ count: Type.String() }), Text))", "The field 'count'"],
  ["pipe(a, block(Type.Object({ Count: Type.Integer() }), Text))", "lacks the field 'Count'"],
  ["pipe(b, block(Type.String(), Text))", "The output before this step is of another type"],
  ["pipe(a, block(NoOp, Text))", "This step takes no input"],
  ["pipe(retry(a), retry(a))", "lacks the field 'text'"],
  ["pipe(a, pipe(a, b))", "lacks the field 'text'"],
  ["pipe(parallel({ one: a, two: b as never as typeof a }), block(Count, Text))", "lacks the field 'count'"],
  ["pipe(map(a), map(a))", "An item of the output before this step lacks the field 'text'"],
  ["branch(Count, () => 'one', { one: a })", "The branch's input lacks the field 'text'"],
  ["branch(Both, () => 'one', { one: block(Numeric, Count) })", "The field 'text' of the branch's input"],
  ["fallback(a, b)", "The first block's input lacks the field 'count'"],
  ["fallback(a, block(Text, Text))", "This block's output lacks the field 'count'"],
];

/** Pipelines of six steps, no two alike, with data of three fields of which one is an array of objects. */
export function manyPipelines(count: number): string {
  const lines = [
    'import { pipe, type Block } from "@conduit/blocks";',
    'import { Type } from "typebox";',
    "declare function block<I extends Type.TSchema, O extends Type.TSchema>(input: I, output: O): Block<I, O>;",
  ];
  for (let number = 0; number < count; number++) {
    const schemas = Array.from({ length: 7 }, (_, step) => {
      const items = `Type.Array(Type.Object({ name: Type.String(), bytes: Type.Optional(Type.Integer()) }))`;
      return `Type.Object({ id${number}: Type.String(), step${step}: Type.Integer(), items: ${items} })`;
    });
    lines.push(...schemas.map((schema, step) => `const schema${number}_${step} = ${schema};`));
    const steps = Array.from(
      { length: 6 },
      (_, step) => `block(schema${number}_${step}, schema${number}_${step + 1})`,
    );
    lines.push(`export const pipeline${number} = pipe(${steps.join(", ")});`);
  }
  return lines.join("\n");
}
