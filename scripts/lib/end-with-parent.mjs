// Preloaded (`node --import`) into a program that shall not outlive the script that runs it.
import { onParentDeath } from "./parent.mjs";

/** Time in milliseconds that the program has to end by itself. */
const GRACE_MS = 2_500;

onParentDeath(() => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE_MS).unref();
});
