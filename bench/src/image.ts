// npm run bench:image [-- --image <image> --model <folder> --runs 10 --json]: how large the engine's image is, and how long a container of it takes to answer.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureImage } from "./image/measure-image.ts";
import { type StartTimes, timeStart } from "./image/time-start.ts";
import { median } from "./report/statistics.ts";
import { table } from "./report/table.ts";

const METHOD = `The image is what Docker has under its name (npm run build:image builds it). Bytes are those of all files of its layers, unpacked; files are those that a new container has, without
Docker's own (/dev, /proc, /sys, /etc/hosts and such). A start is \`docker run\` with a read-only root, no capabilities, one CPU and 512 MB, and one small model mounted: "container" is until that
command has returned, "/health" until the engine answers, "ready" until it has loaded the model; milliseconds from before the command, medians and the slowest. The first start is left out.`;

const demoModel = fileURLToPath(new URL("../../examples/demo-model", import.meta.url));
const { values: flags } = parseArgs({
  options: {
    image: { type: "string", default: process.env.ENGINE_IMAGE ?? "" },
    model: { type: "string", default: demoModel },
    runs: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(flags.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`expected --runs 1 or more, found ${flags.runs}`);

const { bytes, fileCount } = measureImage(flags.image);
const model = resolve(flags.model);
await timeStart(flags.image, model);
const starts: StartTimes[] = [];
for (let run = 0; run < runs; run++) starts.push(await timeStart(flags.image, model));
const phases = (["containerMs", "healthMs", "readyMs"] as const).map((phase) => {
  const times = starts.map((start) => start[phase]);
  return { phase, medianMs: median(times), slowestMs: Math.max(...times) };
});

if (flags.json) {
  console.log(JSON.stringify({ image: flags.image, bytes, fileCount, runs, phases }));
} else {
  console.log(`${METHOD}\n\n${flags.image}: ${(bytes / 1e6).toFixed(1)} MB in ${fileCount} files\n`);
  const rows = phases.map(({ phase, medianMs, slowestMs }) => [
    { containerMs: "container", healthMs: "/health", readyMs: "ready" }[phase],
    medianMs.toFixed(0),
    slowestMs.toFixed(0),
  ]);
  console.log(table(["", "median ms", "slowest ms"], rows));
}
