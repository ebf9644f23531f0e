import { spawn } from "node:child_process";
import { constants } from "node:os";
import { expectParentVariable } from "./parent.mjs";

/** Time in milliseconds between asking a process group to end and killing it. */
const GRACE_MS = 2_500;

/** Leaders of the process groups that this process has started and that have not ended. */
/** @type {Set<number>} */
const runningGroups = new Set();
let ending = false;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] Working directory; default is that of this process.
 * @property {Record<string, string | undefined>} [env] Variables set on top of those of this process.
 * @property {"inherit" | "stderr" | "pipe"} [stdout] Where its output goes; "pipe" collects it. Default "inherit".
 * @property {boolean} [watchesParent] Whether the command loads `parent.mjs` and so ends when this process dies.
 */

/**
 * Runs a command in a process group of its own, so that ending the group ends everything it started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ exitCode: number, stdout: string }>} The exit code is 128 + n after signal n.
 */
export function run(command, args, options = {}) {
  // A task whose step was ended by a signal must not start the next one while its process goes down.
  if (ending) return new Promise(() => {});
  const stdout = options.stdout ?? "inherit";
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, ...(options.watchesParent ? expectParentVariable() : {}) },
    detached: true,
    stdio: ["ignore", stdout === "stderr" ? 2 : stdout, "inherit"],
  });
  const group = child.pid;
  if (group !== undefined) runningGroups.add(group);
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.once("error", (cause) => {
      reject(new Error(`cannot start ${command}; is it installed and on the PATH?`, { cause }));
    });
    child.once("close", (code, signal) => {
      if (group !== undefined) runningGroups.delete(group);
      const exitCode = code ?? 128 + constants.signals[signal ?? "SIGKILL"];
      resolve({ exitCode, stdout: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

/**
 * Passes a signal on to everything this process has started, waits for it to end, kills what stays, and
 * exits with the code that a shell gives for the signal.
 *
 * @param {"SIGINT" | "SIGTERM" | "SIGHUP"} signal
 */
export function end(signal) {
  if (ending) return;
  ending = true;
  const groups = [...runningGroups];
  signalGroups(groups, signal);
  const deadline = Date.now() + GRACE_MS;
  const timer = setInterval(() => {
    if (runningGroups.size > 0 && Date.now() < deadline) return;
    clearInterval(timer);
    // Also the groups whose leader has ended: a leader may die before those it started.
    signalGroups(groups, "SIGKILL");
    process.exit(128 + constants.signals[signal]);
  }, 20);
}

/**
 * @param {readonly number[]} groups
 * @param {NodeJS.Signals} signal
 */
function signalGroups(groups, signal) {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch (error) {
      // The group may be gone already.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
    }
  }
}
