/** What the creation of a node changes at a Docker daemon that has its image, in this order, by how the calls start. */
export const CREATE_CALLS = [
  "POST /volumes/create",
  "POST /containers/create",
  "DELETE /volumes/",
  "PUT /containers/",
  "POST /containers/conduit-tests-",
] as const;
