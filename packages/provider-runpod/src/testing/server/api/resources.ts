/** A network volume, by `NetworkVolume` of the OpenAPI document. */
export interface StoredVolume {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly size: number;
  readonly dataCenter: string;
  readonly type: string;
}

/** Credentials of a registry. What they are is of no use here: no image is pulled. */
export interface StoredRegistry {
  readonly id: string;
  readonly account: string;
  readonly name: string;
}
