/**
 * Names that a list of words stands for: each word for the name that it is, and for those that begin with it and a hyphen.
 *
 * @throws Error when a word stands for none.
 */
export function chooseParts(names: readonly string[], list: string): readonly string[] {
  const matches = (word: string, name: string): boolean => name === word || name.startsWith(`${word}-`);
  const words = list.split(",");
  const unknown = words.find((word) => !names.some((name) => matches(word, name)));
  if (unknown !== undefined) {
    throw new Error(`expected --only with some of ${names.join(",")}, found ${JSON.stringify(unknown)}`);
  }
  return names.filter((name) => words.some((word) => matches(word, name)));
}
