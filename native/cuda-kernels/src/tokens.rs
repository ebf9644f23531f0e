//! Ids of the step's tokens, where some are what a step before has sampled.
//!
//! The host writes one `u32` for each token: [`source_of_id`] or [`source_of_sampled`]. [`resolve_tokens`] turns them into the
//! ids at [`StepAddresses::tokens`]. `sampled` is the address of [`crate::sampling::SampledToken`]s; where several slots have
//! theirs side by side, the index counts over all of them, so that the launch is the same whichever slot ran before.

use bytemuck::{Pod, Zeroable};

use crate::{Geometry, Launch, Params, RowCount, StepAddresses};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ResolveParams {
    sources: u64,
    sampled: u64,
    tokens: u64,
    token_count: u64,
}

const _: () = assert!(size_of::<ResolveParams>() == 32);

const SAMPLED_FLAG: u32 = 1 << 31;
const THREADS: u32 = 256;

/// Ids that a token may have.
pub const MAX_VOCAB_SIZE: u32 = SAMPLED_FLAG;

/// A token that the host knows; below [`MAX_VOCAB_SIZE`].
pub const fn source_of_id(id: u32) -> u32 {
    id
}

/// The sampled token at `index`, which is below [`MAX_VOCAB_SIZE`].
pub const fn source_of_sampled(index: u32) -> u32 {
    index | SAMPLED_FLAG
}

/// Writes the ids of the step's tokens.
pub fn resolve_tokens(geometry: &Geometry, step: &StepAddresses, sources: u64, sampled: u64) -> Launch {
    let params =
        ResolveParams { sources, sampled, tokens: step.tokens, token_count: step.count(RowCount::Tokens) };
    Launch {
        kernel: "resolve_tokens",
        grid: [geometry.max_tokens.div_ceil(THREADS), 1, 1],
        block: [THREADS, 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::SampledToken;
    use crate::test_support::Device;

    #[test]
    fn takes_known_ids_and_sampled_ones() {
        for tokens in [1, 3, 255, 256, 257, 600] {
            let mut device = Device::new(tokens, 600, 0, 0);
            let of = |token: u32| SampledToken { token, is_allowed: 1 };
            let sampled = device.upload(&[of(70_000), of(7), of(250_000)]);
            let sources: Vec<u32> = (0..tokens)
                .map(
                    |token| {
                        if token % 3 == 1 { source_of_sampled(token % 2 * 2) } else { source_of_id(token) }
                    },
                )
                .collect();
            let sources = device.upload(&sources);
            device.set_step(|step, device| step.tokens = device.allocate(601 * 4));
            device.run(&resolve_tokens(&device.geometry(), &device.step(), sources, sampled));
            let ids = device.read::<u32>(device.step().tokens);
            for (token, id) in ids.iter().take(tokens as usize).enumerate() {
                let known = if token % 2 == 0 { 70_000 } else { 250_000 };
                let expected = if token % 3 == 1 { known } else { token as u32 };
                assert_eq!(*id, expected, "token {token} of {tokens}");
            }
            assert!(ids[tokens as usize..].iter().all(|id| *id == u32::MAX));
        }
    }
}
