/** What the name of a node carries, because not every provider has labels. */
export interface NodeNameParts {
  /** First 8 hexadecimal digits of the store's UUID. */
  readonly store8: string;
  /** First 8 hexadecimal digits of the deployment's key. */
  readonly key8: string;
  /** 8 characters, unique to this attempt: a name that was given up is never used again. */
  readonly nonce: string;
}

const pattern = /^conduit-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-z]{8})$/;

/** `conduit-<store8>-<key8>-<nonce>` */
export function formatNodeName({ store8, key8, nonce }: NodeNameParts): string {
  return `${nodeNamePrefix(store8, key8)}${nonce}`;
}

/** The parts of a node's name, or `undefined` where Conduit did not give that name. */
export function parseNodeName(name: string): NodeNameParts | undefined {
  const [, store8, key8, nonce] = pattern.exec(name) ?? [];
  if (store8 === undefined || key8 === undefined || nonce === undefined) return undefined;
  return { store8, key8, nonce };
}

/** What the names of all nodes start with: of a deployment, of a store, or of Conduit. */
export function nodeNamePrefix(store8?: string, key8?: string): string {
  return ["conduit", store8, key8]
    .filter((part) => part !== undefined)
    .join("-")
    .concat("-");
}
