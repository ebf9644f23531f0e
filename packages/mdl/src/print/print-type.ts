export { printType } from "./printer.ts";
