import assert from "node:assert/strict";
import { test } from "node:test";
import { crateFloorViolations } from "../scripts/checks/crate-floors.ts";
import { RepositoryCopy } from "./support/repository-copy.ts";

const floors = "floors and circles";

const violations: Record<string, { rule: string; plant: (copy: RepositoryCopy) => void }> = {
  "a package importing another one of its floor": {
    rule: "floor-1-imports-only-from-below",
    plant(copy) {
      copy.link("mdl", "blocks");
      copy.append("packages/mdl/src/index.ts", 'export * as planted from "@conduit/blocks";\n');
    },
  },
  "a type imported from a floor above": {
    rule: "floor-0-imports-only-from-below",
    plant(copy) {
      copy.link("types", "deployment");
      copy.append("packages/types/src/index.ts", 'export type * as planted from "@conduit/deployment";\n');
    },
  },
  "a path into another package": {
    rule: "packages-by-name",
    plant(copy) {
      copy.append("packages/blocks/src/index.ts", 'export * as planted from "../../types/src/index.ts";\n');
    },
  },
  "a path past another package's entry": {
    rule: "packages-by-their-entry",
    plant(copy) {
      copy.append("packages/blocks/src/index.ts", 'export * as planted from "../../types/src/names.ts";\n');
    },
  },
  "a dependency of types other than TypeBox": {
    rule: "types-pulls-in-only-typebox",
    plant(copy) {
      copy.append("packages/types/src/index.ts", 'export { z as planted } from "zod";\n');
    },
  },
  "a dependency for development in what ships": {
    rule: "no-development-dependency-in-what-ships",
    plant(copy) {
      copy.append("packages/deployment/src/index.ts", 'export * as planted from "@conduit/state";\n');
    },
  },
  "a circle": {
    rule: "no-circles",
    plant(copy) {
      copy.write("packages/mdl/src/planted-a.ts", 'export { b as a } from "./planted-b.ts";\n');
      copy.write("packages/mdl/src/planted-b.ts", 'export { a as b } from "./planted-a.ts";\n');
    },
  },
  "a circle of types": {
    rule: "no-circles",
    plant(copy) {
      copy.write(
        "packages/mdl/src/planted-a.ts",
        'import type { B } from "./planted-b.ts";\nexport type A = B[];\n',
      );
      copy.write(
        "packages/mdl/src/planted-b.ts",
        'import type { A } from "./planted-a.ts";\nexport type B = A[];\n',
      );
    },
  },
};

for (const [name, { rule, plant }] of Object.entries(violations)) {
  test(`${name} fails the lint`, () => {
    using copy = new RepositoryCopy();
    plant(copy);
    const { exitCode, output } = copy.lint(floors);
    assert.equal(exitCode, 1, output);
    assert.match(output, new RegExp(`error ${rule}`), output);
  });
}

test("an export that nothing uses fails the lint", () => {
  using copy = new RepositoryCopy();
  copy.write("packages/mdl/src/planted.ts", "export const planted = 1;\nexport const plantedUnused = 2;\n");
  copy.append("packages/mdl/src/index.ts", 'export { planted } from "./planted.ts";\n');
  const { exitCode, output } = copy.lint("unused");
  assert.equal(exitCode, 1, output);
  assert.match(output, /plantedUnused/, output);
});

test("a crate that depends on one above it is named", () => {
  const crate = (name: string, dependsOn: readonly string[], kind: string | null = null) => ({
    name,
    dependencies: dependsOn.map((dependency) => ({ name: dependency, kind })),
  });
  const packages = [
    crate("conduit-backend", ["thiserror"]),
    crate("conduit-testkit", ["conduit-backend"]),
    crate("conduit-models", ["conduit-backend"]),
    crate("conduit-engine", ["conduit-testkit"], "dev"),
    crate("conduit-text", ["conduit-models"]),
    crate("newcomer", []),
  ];
  assert.deepEqual(crateFloorViolations({ packages }), [
    "conduit-text must not depend on conduit-models, which is not below it",
    "newcomer: name its floor in scripts/checks/crate-floors.ts",
  ]);
});
