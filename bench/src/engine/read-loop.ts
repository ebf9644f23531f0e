import { LineProgram } from "./line-program.ts";
import { pathOf } from "./programs.ts";

/** What memory gives to a loop on all cores that only reads: native/backend-cpu/examples/read-bandwidth.rs. */
export class ReadLoop implements Disposable {
  readonly #program = new LineProgram(pathOf("READ_BANDWIDTH_BIN"), []);

  async bytesPerSecond(): Promise<number> {
    return ((await this.#program.ask({})) as { bytes_per_second: number }).bytes_per_second;
  }

  [Symbol.dispose](): void {
    this.#program[Symbol.dispose]();
  }
}
