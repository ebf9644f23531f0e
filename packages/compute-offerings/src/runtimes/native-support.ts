import type { GpuArchitecture } from "@conduit/types";
import { PLAIN } from "../model/quantization.ts";

/** NVIDIA's generations, oldest first, and AMD's line at the end. */
export const ARCHITECTURES: readonly GpuArchitecture[] = [
  "VOLTA",
  "TURING",
  "AMPERE",
  "ADA",
  "HOPPER",
  "BLACKWELL",
  "CDNA3",
];

/** First generation whose tensor cores take a format: NVIDIA's white papers of each architecture. */
const FIRST_NATIVE: Readonly<Record<string, GpuArchitecture>> = {
  float32: "VOLTA",
  float16: "VOLTA",
  int8: "TURING",
  bfloat16: "AMPERE",
  fp8: "ADA",
  mxfp4: "BLACKWELL",
  nvfp4: "BLACKWELL",
};

/** Whether an architecture is `first` or a later generation of NVIDIA's. */
export function isAtLeast(architecture: GpuArchitecture, first: GpuArchitecture): boolean {
  return architecture !== "CDNA3" && ARCHITECTURES.indexOf(architecture) >= ARCHITECTURES.indexOf(first);
}

/** Whether the hardware itself runs weights of `dtype`; four-bit integers are unpacked by software everywhere. */
export function supportsNatively(dtype: string, architecture: GpuArchitecture): boolean {
  if (architecture === "CDNA3") return [...PLAIN, "fp8", "int8"].includes(dtype);
  const first = FIRST_NATIVE[dtype];
  return first !== undefined && isAtLeast(architecture, first);
}
