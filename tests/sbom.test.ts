import assert from "node:assert/strict";
import { test } from "node:test";
import { billOfMaterials, type CargoMetadata } from "../scripts/lib/sbom.ts";

const REGISTRY = "registry+https://github.com/rust-lang/crates.io-index";

function metadata(...edges: readonly (readonly [string, string, string | null])[]): CargoMetadata {
  const names = [...new Set([...edges.map(([from]) => from), ...edges.map(([, to]) => to)])];
  return {
    packages: names.map((name) => ({
      id: name,
      name,
      version: "1.0.0",
      license: name === "old" ? "MIT/Apache-2.0" : "MIT",
      source: name === "server" ? null : REGISTRY,
    })),
    resolve: {
      nodes: names.map((id) => ({
        id,
        deps: edges.filter(([from]) => from === id).map(([, pkg, kind]) => ({ pkg, dep_kinds: [{ kind }] })),
      })),
    },
  };
}

const crates = metadata(
  ["server", "http_types", null],
  ["http_types", "old", null],
  ["server", "test-tool", "dev"],
  ["server", "compiler", "build"],
  ["compiler", "lexer", null],
);

test("what a program is linked from is listed, and neither tests nor build scripts", () => {
  const bill = JSON.parse(JSON.stringify(billOfMaterials(crates, "server", 0)));
  const names = bill.packages.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ["http_types", "old", "server"]);
  assert.deepEqual(
    bill.packages.map(({ licenseDeclared }: { licenseDeclared: string }) => licenseDeclared),
    ["MIT", "MIT OR Apache-2.0", "MIT"],
  );
  assert.equal(bill.packages[0].externalRefs[0].referenceLocator, "pkg:cargo/http_types@1.0.0");
  assert.deepEqual(bill.documentDescribes, ["SPDXRef-server-1.0.0"]);
  assert.deepEqual(
    bill.relationships.map(({ relatedSpdxElement }: { relatedSpdxElement: string }) => relatedSpdxElement),
    ["SPDXRef-old-1.0.0", "SPDXRef-http-types-1.0.0"],
  );
  assert.equal(bill.creationInfo.created, "1970-01-01T00:00:00Z");
});

test("the same sources have the same list, and a crate that is not there has none", () => {
  const reversed = { ...crates, packages: [...crates.packages].reverse() };
  assert.deepEqual(billOfMaterials(reversed, "server", 7), billOfMaterials(crates, "server", 7));
  assert.throws(() => billOfMaterials(crates, "other", 0), /expected a crate other in the workspace/);
});
