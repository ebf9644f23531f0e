/** Prefixes by which wrappers of the same layers differ. */
const WRAPPERS = /^(?:(?:model|language_model|backbone|transformer)\.)+/;

/** A module's path without what wrappers put before it. */
export function withoutWrappers(name: string): string {
  return name.replace(WRAPPERS, "");
}

/**
 * Tells which modules a list names as quantisers write it: a path, the path of a parent, `re:` with a regular expression, a shell
 * pattern with `*`, or a part of a path such as `gate`.
 */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const paths = new Set<string>();
  const expressions: RegExp[] = [];
  for (const pattern of patterns) {
    if (pattern.startsWith("re:")) expressions.push(new RegExp(`^(?:${pattern.slice(3)})`));
    else if (pattern.includes("*")) expressions.push(shellPattern(withoutWrappers(pattern)));
    else paths.add(withoutWrappers(pattern));
  }
  return (name) => pathIn(paths, name) || expressions.some((expression) => matches(expression, name));
}

/** Regular expressions may count on the prefix; `model.` is what all wrappers share. */
function matches(expression: RegExp, name: string): boolean {
  return expression.test(name) || expression.test(`model.${name}`);
}

function shellPattern(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^(?:${escaped})$`);
}

function pathIn(paths: ReadonlySet<string>, name: string): boolean {
  const parts = name.split(".");
  for (let from = 0; from < parts.length; from++) {
    for (let to = from + 1; to <= parts.length; to++) {
      if (paths.has(parts.slice(from, to).join("."))) return true;
    }
  }
  return false;
}
