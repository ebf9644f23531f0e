/**
 * The engine's image of this version of the packages. `npm run pin:image` writes it for a release, with the digest that was published; without a digest,
 * as in the repository, it is what `npm run build:image` builds.
 */
export const ENGINE_IMAGE = "ghcr.io/conduit-lm/lm-lite:0.0.0";
