import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { processIdentity } from "./process-identity.ts";

/** Runs a command as a user to whom /proc shows no process of others. */
function runAsNobody(...command: readonly string[]): string {
  const script =
    'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';
  return execFileSync("unshare", ["--mount", "sh", "-c", script, "sh", ...command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function cannotHide(): string | false {
  try {
    runAsNobody(process.execPath, "--version");
    return false;
  } catch {
    return "this user may not mount /proc with hidepid and become another user, who may run Node";
  }
}

test("of processes that /proc hides it is not known that they have ended", {
  skip: cannotHide(),
}, async () => {
  const module = fileURLToPath(new URL("./process-identity.ts", import.meta.url));
  const program = `import { hasEnded } from ${JSON.stringify(module)};
    console.log(await hasEnded(process.argv[1]), await hasEnded(process.argv[2]));`;
  const identity = (await processIdentity()) ?? "";
  const gone = identity.replace(/ \d+ (\d+)$/, " 4194304 $1");
  const answer = runAsNobody(process.execPath, "--input-type=module", "--eval", program, identity, gone);
  assert.equal(answer.trim(), "false true");
});
