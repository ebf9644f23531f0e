// npm run pin:image [-- <digest>]: writes into @conduit/lm-lite which image it asks providers for: the one of its own version, and with a digest, which
// .github/workflows/image.yml prints, that very one. Run without a digest once the version has changed, and with it before packages are published.
import { pinnedImage, readEngineImage, readVersion, writeEngineImage } from "./lib/engine-image.ts";

const image = pinnedImage(readEngineImage(), readVersion(), process.argv[2]);
writeEngineImage(image);
console.log(image);
