import { ProviderError } from "@conduit/types";

/** The Docker daemon has no such image and cannot pull it. */
export class ImageNotFoundError extends ProviderError {
  static override readonly code = "IMAGE_NOT_FOUND";
  override readonly code = ImageNotFoundError.code;
  readonly image: string;

  constructor(image: string, reason: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected the image ${image} at the Docker daemon or at its registry, but: ${reason}; correct its name, ` +
        `build it, or fetch it with "docker pull" after "docker login"`,
      { ...options, provider: "LOCAL", outcome: "none", retry: "never" },
    );
    this.image = image;
  }
}
