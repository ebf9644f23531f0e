import { compileSchema } from "@conduit/types";
import { Type } from "typebox";

/** One line of what Docker says while it pulls an image. */
const PullMessage = Type.Object({
  /** The layer. */
  id: Type.Optional(Type.String()),
  status: Type.Optional(Type.String()),
  progressDetail: Type.Optional(
    Type.Object({
      current: Type.Optional(Type.Number()),
      total: Type.Optional(Type.Number()),
    }),
  ),
  error: Type.Optional(Type.String()),
});

const pullMessage = compileSchema(PullMessage);

/** What is still missing of a layer that Docker has not begun with. */
const UNKNOWN = { currentBytes: 0, totalBytes: undefined };

interface Layer {
  readonly currentBytes: number;
  readonly totalBytes: number | undefined;
}

/** How far the pull of an image is, for people. */
export class PullProgress {
  readonly #layers = new Map<string, Layer>();
  #unpacking = false;

  /**
   * Takes note of one line.
   *
   * @throws Error with what Docker says where the line is a failure.
   */
  async note(line: string): Promise<void> {
    const check = await pullMessage.check(parse(line));
    if (!check.valid) return;
    const { id, status, progressDetail, error } = check.value;
    if (error !== undefined) throw new Error(error);
    if (id === undefined || status === undefined) return;
    const { current, total } = progressDetail ?? {};
    if (status === "Downloading") this.#layers.set(id, { currentBytes: current ?? 0, totalBytes: total });
    else if (status === "Pulling fs layer") this.#layers.set(id, UNKNOWN);
    else if (status === "Download complete" || status === "Verifying Checksum") this.#complete(id);
    else if (status === "Extracting") {
      this.#complete(id);
      this.#unpacking = true;
    }
  }

  toString(): string {
    const layers = [...this.#layers.values()];
    const sum = (of: (layer: Layer) => number) => layers.reduce((total, layer) => total + of(layer), 0);
    const currentBytes = sum((layer) => layer.currentBytes);
    const totalBytes = sum(({ totalBytes = Number.NaN }) => totalBytes);
    if (currentBytes === totalBytes && this.#unpacking) return "unpacking image";
    if (currentBytes === 0) return "pulling image";
    // Docker begins with three layers at a time, and tells the size of each only then.
    if (Number.isNaN(totalBytes)) return `pulling image, ${megabytes(currentBytes)} MB so far`;
    const percent = Math.floor((100 * currentBytes) / totalBytes);
    return `pulling image ${percent} % (${megabytes(currentBytes)} of ${megabytes(totalBytes)} MB)`;
  }

  #complete(id: string): void {
    const layer = this.#layers.get(id) ?? UNKNOWN;
    const totalBytes = layer.totalBytes ?? layer.currentBytes;
    this.#layers.set(id, { currentBytes: totalBytes, totalBytes });
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
