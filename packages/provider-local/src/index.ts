export type { LocalProviderOptions } from "./local-provider.ts";
export { LocalProvider } from "./local-provider.ts";
