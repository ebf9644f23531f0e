import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn, readIfPresent } from "./files.ts";

/** Things of a stand-in other than pods, each a file of JSON. */
export class ResourceFolder<Resource extends { readonly id: string; readonly account: string }> {
  readonly #folder: string;

  constructor(directory: string, kind: string) {
    this.#folder = join(directory, kind);
    mkdirSync(this.#folder, { recursive: true });
  }

  put(resource: Resource): void {
    const temporary = join(this.#folder, `.${resource.id}.${process.pid}`);
    writeFileSync(temporary, JSON.stringify(resource));
    renameSync(temporary, join(this.#folder, resource.id));
  }

  get(id: string, account: string): Resource | undefined {
    if (!/^\w+$/.test(id)) return undefined;
    const json = readIfPresent(join(this.#folder, id));
    if (json === undefined) return undefined;
    const resource: Resource = JSON.parse(json);
    return resource.account === account ? resource : undefined;
  }

  all(account: string): Resource[] {
    return namesIn(this.#folder)
      .sort()
      .map((id) => this.get(id, account))
      .filter((resource) => resource !== undefined);
  }

  remove(id: string): void {
    rmSync(join(this.#folder, id), { force: true });
  }
}
