// CONDUIT_MODEL=<Hugging Face id or folder> node --conditions=@conduit/source src/index.ts
import { LocalProvider } from "@conduit/provider-local";
import { openStateStore } from "@conduit/state";
import { dayInTheLife } from "./day-in-the-life.ts";

const model = process.env.CONDUIT_MODEL;
if (model === undefined) {
  console.error("Name a model: CONDUIT_MODEL=<Hugging Face id or folder>.");
  process.exit(2);
}
const store = await openStateStore();
try {
  await dayInTheLife({ model, provider: new LocalProvider(), store, say: console.log });
} finally {
  await store.close();
}
