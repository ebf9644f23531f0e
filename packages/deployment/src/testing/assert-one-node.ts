import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { processesOf, untilNoProcess, withDirectory } from "./fixture.ts";
import { User } from "./user-process.ts";

/** Programs that deploy the same at once share one node, and all of those that nobody kills get answers. */
export async function assertOneNode(
  programs: number,
  { killed }: { readonly killed: number },
): Promise<void> {
  await withDirectory(async (directory) => {
    const users = Array.from({ length: programs }, () => new User(directory));
    try {
      await Promise.all(users.map((user) => user.line()));
      // Spread over the time that a deploy takes.
      await Promise.all(
        users.slice(0, killed).map(async (user, index) => {
          await delay((index * 1_500) / killed);
          await user.kill("SIGKILL");
        }),
      );
      const left = users.slice(killed);
      const answers = await Promise.all(left.map(async (user) => Number(await user.line())));
      assert.equal(answers.length, programs - killed);
      const now = await Promise.all(left.map((user) => user.ask()));
      assert.equal(new Set(now).size, 1, `nodes ${now.join(", ")} answered`);
      assert.deepEqual(await processesOf(directory), [now[0]]);
      await Promise.all(left.map((user) => user.kill("SIGKILL")));
      await untilNoProcess(directory);
    } finally {
      for (const user of users) user[Symbol.dispose]();
    }
  });
}
