// How the next token is chosen: adjustments, mask, temperature, top_k, top_p, min_p, in this order; then one random number picks
// from what is left, in the order of token ids. The CPU backend's filters, tie rules and numbers: it is the oracle.
//
// One block a row, which goes over the row's logits a few times: two for the most probable token and the choice, three more for
// each of top_k and top_p (a radix selection on the bits of the weights, so that nothing is sorted). A row's token depends on its
// own logits, adjustments, mask and parameters alone, and on no order of warps: everything that is summed is whole numbers.
#include "sampling/adjust.cuh"
#include "sampling/best.cuh"
#include "sampling/cut.cuh"
#include "sampling/philox.cuh"

namespace {

// The token of a row whose most probable one is known.
__device__ uint32_t draw(const Weights& weights, const SamplingRow& row) {
    Cut cut;
    if (row.top_k > 0) cut = cut_at(weights, cut, true, [&](uint64_t) { return row.top_k - 1; });
    if (row.top_p < 1.0f) {
        cut = cut_at(weights, cut, false, [&](uint64_t total) {
            // The smallest whole number that reaches the share, less one: the running sum must exceed it.
            const double share = static_cast<double>(row.top_p) * static_cast<double>(total);
            return static_cast<uint64_t>(ceil(fmax(share, 1.0))) - 1;
        });
    }
    const auto left = [&](uint32_t at) {
        const Pack<float, 4> quad = weights.quad(at);
        Sums sums{};
        for (unsigned index = 0; index < 4; ++index) {
            const float weight = quad.at[index];
            const bool is_kept = cut.keeps(__float_as_uint(weight), at + index) && weight >= row.min_p;
            sums.at[index] = is_kept ? fixed_point(weight) : 0;
        }
        return sums;
    };
    const uint64_t share = random_share(row.seed, row.position);
    return locate(weights.logits.vocab_size, left, [&](uint64_t total) { return __umul64hi(share, total); });
}

}  // namespace

KERNEL(sample, SamplingParams, 1024) {
    const uint32_t index = blockIdx.x;
    if (index >= *p.row_count) return;
    const SamplingRow& row = p.rows[index];
    const Adjustments adjustments(p, row, index);
    adjustments.apply();
    const MaskedLogits logits(p, row, index);
    const Best best = most_probable(logits);
    const bool is_greedy = row.temperature == 0.0f || row.top_k == 1 || isinf(best.logit);
    uint32_t token = best.token;
    if (token != kNone && !is_greedy) {
        const uint32_t drawn = draw(Weights{logits, best.logit, row.temperature}, row);
        token = drawn == kNone ? best.token : drawn;
    }
    adjustments.revert();
    if (threadIdx.x == 0) {
        const bool is_allowed = token != kNone;
        p.sampled[index] = SampledToken{is_allowed ? token : 0, is_allowed ? 1u : 0u};
    }
}
