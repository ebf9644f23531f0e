#include "attention/combine.cuh"

using namespace attention;

KERNEL(attention_combine, AttentionParams, kCombineThreads) { attention_combine_shares(p); }
