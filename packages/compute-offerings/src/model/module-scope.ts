import type { WeightModule, WeightScheme } from "./model-shape.ts";

/** How a matrix differs from one that any number of ranks divides and every token reads. */
export interface MatrixOptions {
  readonly bias?: boolean;
  readonly shards?: WeightModule["shards"];
  readonly copies?: number;
  readonly activeCopies?: number;
  /** Leaves it unquantised whatever the checkpoint's lists say, as routers are. */
  readonly plain?: boolean;
}

/** Where modules of a part of the model are written down, with the prefix of their names. */
export class ModuleScope {
  readonly #modules: WeightModule[];
  readonly #schemeOf: (name: string) => WeightScheme | undefined;
  readonly #plain: WeightScheme;
  readonly #prefix: string;
  readonly #role: WeightModule["role"];

  constructor(
    modules: WeightModule[],
    schemeOf: (name: string) => WeightScheme | undefined,
    plain: WeightScheme,
    role: WeightModule["role"] = "weight",
    prefix = "",
  ) {
    this.#modules = modules;
    this.#schemeOf = schemeOf;
    this.#plain = plain;
    this.#role = role;
    this.#prefix = prefix;
  }

  /** The part below, such as `self_attn` of a layer. */
  in(name: string, role: WeightModule["role"] = this.#role): ModuleScope {
    return new ModuleScope(this.#modules, this.#schemeOf, this.#plain, role, this.#path(name));
  }

  /** A linear layer that gives `rows` values from `columns`. */
  linear(name: string, rows: number, columns: number, options: MatrixOptions = {}): void {
    if (rows === 0 || columns === 0) return;
    const path = this.#path(name);
    const { copies = 1, activeCopies = copies, shards = "any" } = options;
    const scheme = options.plain === true ? this.#plain : (this.#schemeOf(path) ?? this.#plain);
    const role = copies > 1 && this.#role === "weight" ? "experts" : this.#role;
    const quantizable = options.plain !== true && name !== "lm_head";
    this.#modules.push({
      name: path,
      rows,
      columns,
      copies,
      activeCopies,
      scheme,
      quantizable,
      shards,
      role,
    });
    if (options.bias === true) {
      const bias = {
        rows,
        columns: 1,
        copies,
        activeCopies,
        scheme: this.#plain,
        quantizable: false,
        shards,
        role,
      };
      this.#modules.push({ name: `${path}.bias`, ...bias });
    }
  }

  /** A linear layer that every rank keeps whole. */
  copied(name: string, rows: number, columns: number, plain = false): void {
    this.linear(name, rows, columns, { shards: "none", plain });
  }

  /** Values outside linear layers, such as norms; every rank keeps them all. */
  values(name: string, count: number): void {
    if (count === 0) return;
    const whole = {
      copies: 1,
      activeCopies: 1,
      scheme: this.#plain,
      quantizable: false,
      shards: "none",
    } as const;
    this.#modules.push({ name: this.#path(name), rows: count, columns: 1, ...whole, role: this.#role });
  }

  #path(name: string): string {
    return this.#prefix === "" ? name : `${this.#prefix}.${name}`;
  }
}
