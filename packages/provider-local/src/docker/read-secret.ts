import { text } from "node:stream/consumers";
import type { CallOptions } from "@conduit/types";
import { extract } from "tar-stream";
import type { Daemon } from "./daemon.ts";
import { SECRETS_FOLDER } from "./node-archive.ts";

/** A secret that a container has as a file, running or not; `undefined` where it has none of that name. */
export async function readSecret(
  daemon: Daemon,
  id: string,
  name: string,
  options: CallOptions,
): Promise<string | undefined> {
  return daemon.find(
    { ...options, what: `read ${name} of ${id}`, changes: false },
    async (client, abortSignal) => {
      const path = `${SECRETS_FOLDER}/${name}`;
      const archive = await client.getContainer(id).getArchive({ path, abortSignal });
      const files = extract();
      archive.once("error", (error) => files.destroy(error));
      archive.pipe(files);
      for await (const file of files) return text(file);
      return undefined;
    },
  );
}
