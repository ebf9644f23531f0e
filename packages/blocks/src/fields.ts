import type { InputOf, OutputOf, Schema } from "@conduit/types";

/** Names of the fields that `Needed` requires and `Given` has not. */
export type MissingFields<Given, Needed> = Exclude<RequiredFields<Needed>, keyof Given> & string;

/** Names of the fields of `Given` whose types do not fit those in `Needed`. */
export type DifferingFields<Given, Needed> = keyof {
  [Key in keyof Needed & keyof Given as Given[Key] extends Needed[Key] ? never : Key]: unknown;
} &
  string;

type RequiredFields<T> = keyof { [Key in keyof T as T extends Record<Key, T[Key]> ? Key : never]: unknown };

/**
 * Why what is `Given` does not do for what is `Needed`, as a sentence that names the field, which the compiler prints where a block is
 * asked to be that sentence.
 */
export type Misfit<Given, Needed, GivenName extends string, NeededName extends string> = [
  Given,
  Needed,
] extends [object, object]
  ? [Given, Needed] extends [readonly (infer GivenItem)[], readonly (infer NeededItem)[]]
    ? ItemMisfit<GivenItem, NeededItem, GivenName, NeededName>
    : FieldMisfit<MissingFields<Given, Needed>, DifferingFields<Given, Needed>, GivenName, NeededName>
  : WholeMisfit<GivenName, NeededName>;

/** Of arrays the items are what people wrote down. */
type ItemMisfit<Given, Needed, GivenName extends string, NeededName extends string> = Misfit<
  Given,
  Needed,
  `an item of ${GivenName}`,
  `an item of ${NeededName}`
>;

type FieldMisfit<
  Missing extends string,
  Differing extends string,
  GivenName extends string,
  NeededName extends string,
> = [Missing] extends [never]
  ? [Differing] extends [never]
    ? WholeMisfit<GivenName, NeededName>
    : `The field '${Differing}' of ${GivenName} is of another type than ${NeededName} needs.`
  : `${Capitalize<GivenName>} lacks the field '${Missing}' that ${NeededName} needs.`;

type WholeMisfit<
  GivenName extends string,
  NeededName extends string,
> = `${Capitalize<GivenName>} is of another type than ${NeededName} needs.`;

/** A block, as far as its types go. */
export interface BlockTypes {
  readonly input: Schema;
  readonly output: Schema;
}

/** What the data of a block are before it validates them. */
export type InputData<B extends BlockTypes> = InputOf<B["input"]>;

/** What a block gives. */
export type OutputData<B extends BlockTypes> = OutputOf<B["output"]>;
