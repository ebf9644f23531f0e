use conduit_backend::DType;

use super::is_full;
use super::run::{Setting, check};
use super::scenario::{Chunk, Scenario, Shape, chunk};
use crate::test_support::DTYPES;

const HEAD_DIMS: [usize; 7] = [8, 16, 64, 80, 96, 128, 256];

const GROUPS: [usize; 7] = [12, 8, 7, 5, 3, 2, 1];

/// Lengths at and past the edges of both kernels' shares, each behind another context.
fn mixed() -> Vec<Chunk> {
    vec![
        chunk(1, 40),
        chunk(2, 0),
        chunk(7, 16),
        chunk(8, 0),
        chunk(9, 31),
        Chunk { tokens: 20, earlier: 33, shared_blocks: 2 },
        Chunk { tokens: 1, earlier: 50, shared_blocks: 2 },
        chunk(63, 1),
        chunk(64, 0),
        chunk(65, 200),
        chunk(1, 0),
    ]
}

#[test]
fn chunks_of_all_lengths_share_a_step() {
    for (index, head_dim) in HEAD_DIMS.into_iter().enumerate() {
        let groups: &[usize] = if is_full() { &GROUPS } else { &GROUPS[index..=index] };
        let dtypes = if is_full() { &DTYPES[..] } else { &DTYPES[1 + index % 2..][..1] };
        for dtype in dtypes {
            for group in groups {
                let shape = Shape::new(head_dim, 2, *group, *dtype);
                check(&Scenario::new(shape, &mixed()), Setting::new(DType::F32));
            }
        }
    }
}

#[test]
fn long_chunks_see_what_is_earlier() {
    let earlier: &[usize] = if is_full() { &[0, 1, 15, 16, 255, 257, 1025] } else { &[257] };
    for dtype in [DType::F16, DType::BF16] {
        for earlier in earlier {
            let shape = Shape::new(128, 1, 3, dtype);
            check(&Scenario::new(shape, &[chunk(130, *earlier)]), Setting::new(DType::F32));
        }
    }
}

#[test]
fn windows_move_with_the_tokens_of_a_chunk() {
    let windows: &[usize] = if is_full() { &[1, 5, 16, 17, 31, 64, 65, 100, 1000] } else { &[1, 17, 70] };
    for window in windows {
        for head_dim in [64, 256] {
            let shape = Shape { window: Some(*window), ..Shape::new(head_dim, 1, 2, DType::BF16) };
            let chunks = [chunk(40, 150), chunk(9, 0), chunk(3, 90), chunk(65, 64)];
            check(&Scenario::new(shape, &chunks), Setting::new(DType::F32));
        }
    }
}

#[test]
fn scores_of_chunks_are_capped() {
    for (cap, dtype) in [(0.5, DType::F16), (50.0, DType::BF16)] {
        let shape = Shape { soft_cap: Some(cap), ..Shape::new(96, 1, 2, dtype) };
        check(&Scenario::new(shape, &[chunk(30, 70), chunk(8, 0)]), Setting::new(DType::F32));
    }
}

#[test]
fn tiles_are_found_among_many_sequences() {
    for count in [31, 32, 33, 70] {
        let chunks: Vec<_> = (0..count).map(|index| chunk(1 + index * 5 % 19, index % 23)).collect();
        let shape = Shape::new(16, 1, 6, DType::BF16);
        check(&Scenario::new(shape, &chunks), Setting::new(DType::F32));
    }
}
