import assert from "node:assert/strict";
import { globSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { repository } from "../scripts/lib/paths.mjs";
import { ConsumerProject, conduitPackages } from "./support/consumer-project.ts";
import { importsOf, readmeExample } from "./support/readme-example.ts";

const packages = readdirSync(join(repository, "packages"));

/** Its examples need a server, see `packed-provider-runpod.test.ts`. */
const SERVED = "provider-runpod";

describe("a package, installed from its tarball in an empty project", () => {
  for (const name of packages.filter((name) => name !== SERVED)) {
    test(`@conduit/${name} runs the example of its README`, () => {
      const example = readmeExample(name);
      using project = new ConsumerProject([name, ...conduitPackages(importsOf(example))]);
      project.write("example.ts", example);
      const { exitCode, output } = project.run(process.execPath, ["example.ts"]);
      assert.equal(exitCode, 0, output);
    });
  }

  test("@conduit/mdl alone brings types and TypeBox and nothing else", () => {
    using project = new ConsumerProject(["mdl"]);
    const installed = globSync("node_modules/{@*/*,[!.@]*}", { cwd: project.folder });
    assert.deepEqual(installed.sort(), [
      "node_modules/@conduit/mdl",
      "node_modules/@conduit/types",
      "node_modules/typebox",
    ]);
  });
});

describe("a consumer of all packages", () => {
  let project: ConsumerProject;
  before(() => {
    project = new ConsumerProject(packages, ["@types/node@24"]);
    for (const name of packages) project.write(`${name}.ts`, readmeExample(name));
  });
  after(() => project[Symbol.dispose]());

  test("finds functions and classes under their own names", () => {
    project.write(
      "names.js",
      `for (const name of ${JSON.stringify(packages)}) {
        for (const [key, value] of Object.entries(await import("@conduit/" + name))) {
          if (typeof value === "function" && value.name !== key) throw new Error(key + " is named " + value.name);
        }
      }`,
    );
    const { exitCode, output } = project.run(process.execPath, ["names.js"]);
    assert.equal(exitCode, 0, output);
  });

  // One compiler checks the declarations as well, which takes long since TypeBox's own are among them.
  for (const { compiler, skipLibCheck } of [
    { compiler: "typescript", skipLibCheck: false },
    { compiler: "typescript-6", skipLibCheck: true },
  ]) {
    test(`compiles the examples with ${compiler}`, () => {
      const compilerOptions = {
        target: "ES2024",
        lib: ["ES2024", "ESNext.Disposable"],
        types: ["node"],
        module: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck,
        noEmit: true,
      };
      project.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["*.ts"] }));
      const { exitCode, output } = project.run(process.execPath, [
        join(repository, "node_modules", compiler, "bin", "tsc"),
        "--project",
        project.folder,
      ]);
      assert.equal(exitCode, 0, output);
    });
  }
});
