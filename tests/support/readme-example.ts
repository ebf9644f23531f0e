import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../scripts/lib/paths.mjs";

/** The first TypeScript block of a package's README: the example that runs. */
export function readmeExample(packageName: string): string {
  const [example] = readmeExamples(packageName);
  if (example === undefined)
    throw new Error(`packages/${packageName}/README.md has no example in TypeScript`);
  return example;
}

/** All TypeScript blocks of a package's README. */
export function readmeExamples(packageName: string): readonly string[] {
  const readme = readFileSync(join(repository, "packages", packageName, "README.md"), "utf8");
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = ""]) => example);
}

/** The specifiers that a program imports from. */
export function importsOf(program: string): readonly string[] {
  return [...program.matchAll(/ from "([^"]+)"/g)].map((match) => match[1] ?? "");
}
