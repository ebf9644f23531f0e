import { RunpodProvider as Provider } from "@conduit/provider-runpod";
import { main } from "./main.ts";

await main(new Provider());
