import { cargo } from "../lib/engine.ts";

/** Which crates of this repository each crate may depend on: the seam of docs/architecture.md. */
const mayDependOn: Record<string, readonly string[]> = {
  "conduit-backend": [],
  "conduit-backend-cpu": ["conduit-backend"],
  "conduit-cuda-kernels": ["conduit-backend"],
  "conduit-backend-cuda": ["conduit-backend", "conduit-cuda-kernels"],
  "conduit-gguf": [],
  "conduit-models": ["conduit-backend", "conduit-gguf"],
  "conduit-text": ["conduit-gguf"],
  "conduit-engine": ["conduit-backend"],
  "conduit-testkit": ["conduit-backend", "conduit-models"],
  "conduit-cuda-check": [
    "conduit-backend",
    "conduit-backend-cpu",
    "conduit-backend-cuda",
    "conduit-cuda-kernels",
    "conduit-models",
    "conduit-engine",
    "conduit-testkit",
  ],
  "lm-lite": [
    "conduit-backend",
    "conduit-backend-cpu",
    "conduit-backend-cuda",
    "conduit-gguf",
    "conduit-models",
    "conduit-text",
    "conduit-engine",
  ],
};

interface CargoMetadata {
  readonly packages: readonly {
    readonly name: string;
    readonly dependencies: readonly { readonly name: string; readonly kind: string | null }[];
  }[];
}

/** Checks the crates' dependencies; those of their tests are free. Resolves to the exit code. */
export async function checkCrateFloors(): Promise<number> {
  const { exitCode, stdout } = await cargo(["metadata", "--no-deps", "--format-version=1"], {
    stdout: "pipe",
  });
  if (exitCode !== 0) return exitCode;
  const violations = crateFloorViolations(JSON.parse(stdout) as CargoMetadata);
  for (const violation of violations) console.error(violation);
  return violations.length === 0 ? 0 : 1;
}

/** One line for each dependency against the floors and each crate without a floor. */
export function crateFloorViolations({ packages }: CargoMetadata): readonly string[] {
  const own = new Set(packages.map((crate) => crate.name));
  return packages.flatMap(({ name, dependencies }) => {
    const allowed = mayDependOn[name];
    if (allowed === undefined) return [`${name}: name its floor in scripts/checks/crate-floors.ts`];
    return dependencies
      .filter((dependency) => dependency.kind !== "dev")
      .filter((dependency) => own.has(dependency.name) && !allowed.includes(dependency.name))
      .map((dependency) => `${name} must not depend on ${dependency.name}, which is not below it`);
  });
}
