export type { HubModel } from "./hub-model.ts";
export { HubRequestError } from "./hub-request-error.ts";
export { ModelFolderError } from "./model-folder-error.ts";
export { ModelNotCachedError } from "./model-not-cached-error.ts";
export { type ReadHubModelOptions, readHubModel } from "./read-hub-model.ts";
export { readModelFolder } from "./read-model-folder.ts";
