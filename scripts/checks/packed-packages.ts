import { run } from "../lib/child-process.mjs";
import { packedPackages } from "../lib/packages.ts";

/** Checks what would be published: manifests with publint, types as consumers resolve them with attw. */
export async function checkPackedPackages(): Promise<number> {
  const tarballs = packedPackages();
  if (tarballs.length === 0) throw new Error("no packed packages found; run npm run build");
  const exitCodes = [];
  for (const tarball of tarballs) {
    exitCodes.push(await printOnFailure("publint", [tarball, "--strict"]));
    // ES modules only: resolution as CommonJS and as before Node 16 is not offered.
    exitCodes.push(await printOnFailure("attw", [tarball, "--profile", "esm-only", "--no-color"]));
  }
  console.log(`${tarballs.length} packages checked`);
  return Math.max(...exitCodes);
}

async function printOnFailure(command: string, args: readonly string[]): Promise<number> {
  const { exitCode, stdout } = await run(command, args, { stdout: "pipe" });
  if (exitCode !== 0) console.error(stdout);
  return exitCode;
}
