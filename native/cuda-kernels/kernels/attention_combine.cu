#include "attention/combine.cuh"

KERNEL(attention_combine, AttentionParams, kCombineThreads) { attention_combine_shares(p); }
