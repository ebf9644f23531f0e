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

/** How matrices are stored. */
export interface ModuleSchemes {
  readonly plain: WeightScheme;
  /** Scheme of a linear layer by its path in the checkpoint; undefined leaves it plain. */
  schemeOf(path: string): WeightScheme | undefined;
}

/** Where modules of a part of the model are written down, with the prefix of their names; those of like layers become one. */
export class ModuleScope {
  readonly #modules: Map<string, WeightModule>;
  readonly #schemes: ModuleSchemes;
  readonly #prefix: string;
  readonly #role: WeightModule["role"];

  constructor(
    modules: Map<string, WeightModule>,
    schemes: ModuleSchemes,
    role: WeightModule["role"] = "weight",
    prefix = "",
  ) {
    this.#modules = modules;
    this.#schemes = schemes;
    this.#role = role;
    this.#prefix = prefix;
  }

  /** The part below, such as `self_attn` of a layer. */
  in(name: string, role: WeightModule["role"] = this.#role): ModuleScope {
    return new ModuleScope(this.#modules, this.#schemes, role, `${this.#prefix}${name}.`);
  }

  /** A linear layer that gives `rows` values from `columns`. */
  linear(name: string, rows: number, columns: number, options: MatrixOptions = {}): void {
    const { plain, schemeOf } = this.#schemes;
    const scheme = options.plain === true ? plain : (schemeOf(this.#prefix + name) ?? plain);
    this.#add(name, rows, columns, options, scheme, options.plain !== true && name !== "lm_head");
    if (options.bias === true) this.#add(`${name}.bias`, rows, 1, options);
  }

  /** A linear layer that every rank keeps whole. */
  copied(name: string, rows: number, columns: number, plain = false): void {
    this.linear(name, rows, columns, { shards: "none", plain });
  }

  /** Values outside linear layers, such as norms; every rank keeps them all. */
  values(name: string, count: number): void {
    this.#add(name, count, 1, { shards: "none" });
  }

  #add(
    name: string,
    rows: number,
    columns: number,
    { copies = 1, activeCopies = copies, shards = "any" }: MatrixOptions,
    scheme = this.#schemes.plain,
    quantizable = false,
  ): void {
    if (rows * columns === 0) return;
    const path = `${this.#prefix}${name}`.replace(/\.\d+\./, ".*.");
    const role = copies > 1 && this.#role === "weight" ? "experts" : this.#role;
    const key = JSON.stringify([path, rows, columns, scheme]);
    const like = this.#modules.get(key);
    this.#modules.set(key, {
      name: path,
      rows,
      columns,
      copies: copies + (like?.copies ?? 0),
      activeCopies: activeCopies + (like?.activeCopies ?? 0),
      scheme,
      quantizable,
      shards,
      role,
    });
  }
}
