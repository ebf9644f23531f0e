/** Names of the fields that `Needed` requires and `Given` has not. */
export type MissingFields<Given, Needed> = Exclude<RequiredFields<Needed>, keyof Given> & string;

/** Names of the fields of `Given` whose types do not fit those in `Needed`. */
export type DifferingFields<Given, Needed> = keyof {
  [Key in keyof Needed & keyof Given as Given[Key] extends Needed[Key] ? never : Key]: unknown;
} &
  string;

type RequiredFields<T> = keyof { [Key in keyof T as T extends Record<Key, T[Key]> ? Key : never]: unknown };
