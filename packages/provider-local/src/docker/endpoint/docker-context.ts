import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { localError, systemErrorCode } from "../../local-error.ts";
import type { DockerEndpoint, DockerTls } from "./docker-endpoint.ts";
import { parseEndpoint } from "./parse-endpoint.ts";

/** The context that stands for the usual socket. */
export const DEFAULT_CONTEXT = "default";

const Configuration = Type.Object({ currentContext: Type.Optional(Type.String()) });

const Context = Type.Object({
  Name: Type.String(),
  Endpoints: Type.Object({ docker: Type.Object({ Host: Type.String({ minLength: 1 }) }) }),
});

/** Name of the context that Docker's configuration names, `"default"` where it names none. */
export function currentContext(configurationFolder: string): string {
  const configuration = readJson(join(configurationFolder, "config.json"), Configuration);
  return configuration?.currentContext || DEFAULT_CONTEXT;
}

/**
 * The daemon of a context, from where `docker context create` has written it.
 *
 * @throws ProviderError when there is no such context.
 */
export function readContext(configurationFolder: string, name: string): DockerEndpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(configurationFolder, "contexts", "meta", id, "meta.json");
  const context = readJson(file, Context);
  if (context === undefined) {
    throw localError(
      `expected a Docker context "${name}" in ${file}, but there is none; "docker context ls" lists them`,
    );
  }
  const tls = readTls(join(configurationFolder, "contexts", "tls", id, "docker"));
  return parseEndpoint(context.Endpoints.docker.Host, tls);
}

/** The keys in a folder, as Docker names them; `undefined` where there is none. */
export function readTls(folder: string): DockerTls | undefined {
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(folder, name)));
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  return { ca, cert, key };
}

function readJson<T extends typeof Configuration | typeof Context>(
  file: string,
  schema: T,
): Static<T> | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw localError(`expected JSON in ${file}, but: ${(cause as Error).message}; repair it`, { cause });
  }
  if (Check(schema, value)) return value;
  throw localError(`expected ${file} to be as Docker writes it, but it is not; repair or remove it`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw localError(`expected to read ${file}, but: ${(error as Error).message}`, { cause: error });
  }
}
