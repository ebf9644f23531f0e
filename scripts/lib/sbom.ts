import { createHash } from "node:crypto";

/** Of `cargo metadata`, what the list needs. */
export interface CargoMetadata {
  readonly packages: readonly {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly license: string | null;
    /** Where it comes from; `null` for crates of the workspace. */
    readonly source: string | null;
  }[];
  readonly resolve: {
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: string | null }[];
      }[];
    }[];
  };
}

/**
 * What a program of the workspace is linked from, as SPDX 2.3: the same for the same sources.
 *
 * @param created When the sources are from, in seconds since 1970.
 * @throws Error where the workspace has no such crate.
 */
export function billOfMaterials(metadata: CargoMetadata, root: string, created: number): object {
  const packages = new Map(metadata.packages.map((entry) => [entry.id, entry]));
  const linked = new Map(
    metadata.resolve.nodes.map(({ id, deps }) => [
      id,
      // Neither tests nor build scripts are part of the program.
      deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg),
    ]),
  );
  const start = metadata.packages.find(({ name, source }) => name === root && source === null);
  if (start === undefined) throw new Error(`expected a crate ${root} in the workspace`);
  const reached = new Set([start.id]);
  // A set is walked on as it grows.
  for (const id of reached) for (const other of linked.get(id) ?? []) reached.add(other);
  const entries = [...reached].flatMap((id) => packages.get(id) ?? []).sort(byNameAndVersion);
  const spdxIds = new Map(entries.map((entry) => [entry.id, spdxIdOf(entry)]));
  const spdxPackages = entries.map((entry) => ({
    SPDXID: spdxIds.get(entry.id),
    name: entry.name,
    versionInfo: entry.version,
    downloadLocation: entry.source ?? "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: spdxLicense(entry.license),
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:cargo/${entry.name}@${entry.version}`,
      },
    ],
  }));
  const relationships = entries.flatMap(({ id }) =>
    (linked.get(id) ?? []).map((other) => ({
      spdxElementId: spdxIds.get(id),
      relationshipType: "DEPENDS_ON",
      relatedSpdxElement: spdxIds.get(other),
    })),
  );
  const content = JSON.stringify([spdxPackages, relationships]);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${start.name}-${start.version}`,
    documentNamespace: `https://github.com/conduit-lm/conduit/sbom/${createHash("sha256").update(content).digest("hex")}`,
    creationInfo: {
      created: new Date(created * 1000).toISOString().replace(".000", ""),
      creators: ["Tool: conduit-scripts/sbom"],
    },
    documentDescribes: [spdxIds.get(start.id)],
    packages: spdxPackages,
    relationships,
  };
}

type Entry = CargoMetadata["packages"][number];

function byNameAndVersion(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1;
}

/** SPDX allows letters, digits, dots and hyphens. */
function spdxIdOf({ name, version }: Entry): string {
  return `SPDXRef-${name}-${version}`.replace(/[^A-Za-z0-9.-]/g, "-");
}

/** Old manifests have `MIT/Apache-2.0`, which means `OR`. */
function spdxLicense(license: string | null): string {
  return license === null ? "NOASSERTION" : license.replace(/\s*\/\s*/g, " OR ");
}
