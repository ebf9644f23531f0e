// npm run sbom:image [-- <target>]: writes, to standard output, what the engine of the image is linked from, as SPDX 2.3. The target is a platform of Rust's,
// by default x86_64-unknown-linux-gnu; SOURCE_DATE_EPOCH is the document's time.
import "./lib/end-with-signals.mjs";
import { cargo } from "./lib/engine.ts";
import { billOfMaterials, type CargoMetadata } from "./lib/sbom.ts";

const target = process.argv[2] ?? "x86_64-unknown-linux-gnu";
const metadataArguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", target];
const { exitCode, stdout } = await cargo(metadataArguments, { stdout: "pipe" });
process.exitCode = exitCode;
if (exitCode === 0) {
  const metadata = JSON.parse(stdout) as CargoMetadata;
  const created = Number(process.env.SOURCE_DATE_EPOCH ?? 0);
  console.log(JSON.stringify(billOfMaterials(metadata, "lm-lite", created), undefined, 2));
}
