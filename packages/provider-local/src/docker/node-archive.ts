import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** Where containers find the folder of their node, a volume that goes with them. */
export const NODE_FOLDER = "/run/conduit";
export const SECRETS_FOLDER = `${NODE_FOLDER}/secrets`;
export const OWN_CACHE_FOLDER = `${NODE_FOLDER}/huggingface`;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a node's folder holds at its start, as a tar archive: one file for each secret, for its user alone, and room for a cache. */
export function nodeArchive(secrets: Readonly<Record<string, string>>, owner: Owner): Promise<Buffer> {
  const archive = pack();
  archive.entry({ ...owner, type: "directory", name: "secrets", mode: 0o500 });
  for (const [name, value] of Object.entries(secrets)) {
    archive.entry({ ...owner, name: `secrets/${name}`, mode: 0o400 }, value);
  }
  archive.entry({ ...owner, type: "directory", name: "huggingface", mode: 0o700 });
  archive.finalize();
  return buffer(archive);
}

/** One file that everybody may read, as a tar archive. */
export function fileArchive(name: string, content: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name, mode: 0o444 }, content);
  archive.finalize();
  return buffer(archive);
}
