import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of the repository. */
export const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Folder of the command line tools that the root manifest installs. */
export const toolFolder = join(repository, "node_modules", ".bin");

/** The Node that everything but the bootstrap runs on. */
export const pinnedNode = join(toolFolder, "node");

/** The Cargo workspace. */
export const nativeFolder = join(repository, "native");

/** What is built and may be shared by clones: `CONDUIT_CACHE`, by default `~/.cache/conduit`. */
export const cacheFolder = process.env.CONDUIT_CACHE ?? join(homedir(), ".cache", "conduit");
