// Imported by every script that starts other programs: what ends the script ends them too.
import { end } from "./child-process.mjs";
import { onParentDeath } from "./parent.mjs";

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => end(signal));
}
onParentDeath(() => end("SIGTERM"));
