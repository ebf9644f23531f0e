// A program that writes 2 MB to a file of the folder in its first argument, in all ways, and tells what became of it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FileSystemReadBlock, FileSystemWriteBlock, SupportsFileContent } from "../index.ts";

const [folder = ""] = process.argv.slice(2);
const path = join(folder, "file");
const much = { fileContent: new Uint8Array(2_000_000) };

const codes: unknown[] = [];
for (const options of [{}, { append: true }] as const) {
  const operation = await new FileSystemWriteBlock(SupportsFileContent, path, options).run(much);
  codes.push(operation.success ? "written" : operation.errorCode);
  // What an append that found no room has added is part of the file.
  const read = await new FileSystemReadBlock(path).run();
  codes.push(read.success ? read.data.slice(0, 3) : read.errorCode);
}
process.stdout.write(JSON.stringify({ codes, files: readdirSync(folder) }));
