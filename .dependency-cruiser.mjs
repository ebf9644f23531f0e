// The house of docs/architecture.md as rules: a package imports only from floors below its own.
import { readdirSync, readFileSync } from "node:fs";

/** Packages by floor, from the ground up. */
const floors = [
  ["types"],
  ["blocks", "mdl", "compute-offerings", "state", "provider-local", "provider-runpod"],
  ["deployment"],
  ["lm-lite"],
  ["cli"],
];

/** Code that is never part of what a package ships. */
const testCode = "\\.test\\.ts$|/src/testing/";

/** What the command of `mdl` carries in its own files; only its own code may use it. */
const bundled = "/gpt-tokenizer/";

const packages = readdirSync(new URL("packages", import.meta.url));
const homeless = packages.filter((name) => !floors.flat().includes(name));
if (homeless.length > 0) {
  throw new Error(`packages/${homeless.join(", packages/")}: name the floor in .dependency-cruiser.mjs`);
}

const oneOf = (/** @type {readonly string[]} */ names) => `(${names.join("|")})`;

/** The packages that have others of this workspace among their devDependencies, with those. */
function packagesForDevelopment() {
  return packages
    .map((name) => {
      const manifest = JSON.parse(
        readFileSync(new URL(`packages/${name}/package.json`, import.meta.url), "utf8"),
      );
      const scope = "@conduit/";
      const others = Object.keys(manifest.devDependencies ?? {}).filter((other) => other.startsWith(scope));
      return { name, others: others.map((other) => other.slice(scope.length)) };
    })
    .filter(({ others }) => others.length > 0);
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...floors.map((floor, index) => ({
      name: `floor-${index}-imports-only-from-below`,
      comment: "A package imports only from floors below its own, and packages of one floor stay apart.",
      severity: /** @type {const} */ ("error"),
      from: { path: `^packages/${oneOf(floor)}/` },
      to: { path: `^packages/${oneOf(floors.slice(index).flat())}/`, pathNot: "^packages/$1/" },
    })),
    {
      name: "packages-by-name",
      comment: "What is outside a package imports it by its name, so that it sees only what is public.",
      severity: "error",
      from: { path: "^(packages/[^/]+|examples/[^/]+|bench|tests|scripts)/" },
      to: { path: "^packages/", pathNot: "^$1/", dependencyTypes: ["local"] },
    },
    {
      name: "packages-by-their-entry",
      comment:
        "A package's name leads to its index.ts, and its other entry points to that of a folder; other files of it are its own affair.",
      severity: "error",
      from: { path: "^(packages/[^/]+|examples/[^/]+|bench|tests|scripts)/" },
      to: {
        path: "^packages/[^/]+/",
        pathNot: ["^$1/", "^packages/[^/]+/src/index\\.ts$", "^packages/[^/]+/src/[^/]+/index\\.ts$"],
      },
    },
    {
      name: "packages-stand-alone",
      comment:
        "Examples, benchmarks, tests and scripts of the repository use packages, never the other way round.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { path: "^(examples|bench|tests|scripts)/" },
    },
    {
      name: "types-pulls-in-only-typebox",
      comment: "Everyone who installs any package gets what `types` depends on.",
      severity: "error",
      from: { path: "^packages/types/src/", pathNot: testCode },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-peer", "npm-optional"],
        pathNot: "/typebox/|^packages/",
      },
    },
    {
      name: "no-development-dependency-in-what-ships",
      comment: "What a package or its declarations need stands under its dependencies or peerDependencies.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: testCode },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm-peer"], pathNot: bundled },
    },
    ...packagesForDevelopment().map(({ name, others }) => ({
      name: "no-development-dependency-in-what-ships",
      comment: "The same for packages of this workspace, which do not look like installed ones here.",
      severity: /** @type {const} */ ("error"),
      from: { path: `^packages/${name}/src/`, pathNot: testCode },
      to: { path: `^packages/${oneOf(others)}/` },
    })),
    {
      name: "bundled-for-the-command-only",
      comment: "The tokenizer is megabytes, and no dependency of the package.",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/mdl/src/cli/count-tokens\\.ts$" },
      to: { path: bundled },
    },
    {
      name: "declared-dependencies-only",
      comment: "A package that its importer's manifest does not name is there by chance.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "tests-are-not-imported",
      comment: "What tests need of each other is imported by tests only.",
      severity: "error",
      from: { pathNot: [testCode, "^tests/"] },
      to: { path: testCode },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "imports-resolve",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/" },
    moduleSystems: ["es6"],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@conduit/source", "types", "import", "node", "default"],
    },
  },
};
