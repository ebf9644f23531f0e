import { LocalProvider as Provider } from "@conduit/provider-local";
import { main } from "./main.ts";

await main(new Provider());
