use conduit_backend::DType;

use super::is_full;
use super::run::{Setting, check};
use super::scenario::{Chunk, Scenario, Shape, chunk};
use crate::test_support::DTYPES;

/// One token each, behind contexts at and past the edges of blocks.
const CONTEXTS: [usize; 8] = [1, 15, 16, 17, 255, 256, 257, 1025];

const HEAD_DIMS: [usize; 7] = [8, 16, 64, 80, 96, 128, 256];

const GROUPS: [usize; 7] = [1, 2, 3, 5, 7, 8, 12];

fn single_tokens() -> Vec<Chunk> {
    CONTEXTS.iter().map(|context| chunk(1, context - 1)).collect()
}

#[test]
fn single_tokens_see_their_whole_context() {
    for dtype in DTYPES {
        for (index, head_dim) in HEAD_DIMS.into_iter().enumerate() {
            let groups: &[usize] = if is_full() { &GROUPS } else { &GROUPS[index..=index] };
            for group in groups {
                let shape = Shape::new(head_dim, 2, *group, dtype);
                check(&Scenario::new(shape, &single_tokens()), Setting::new(DType::F32));
            }
        }
    }
}

#[test]
fn a_single_sequence_is_split_between_blocks_of_threads() {
    for context in CONTEXTS {
        let shape = Shape::new(64, 1, 3, DType::BF16);
        let setting = Setting { spare_tokens: 0, ..Setting::new(DType::F32) };
        check(&Scenario::new(shape, &[chunk(1, context - 1)]), setting);
    }
}

#[test]
fn windows_end_within_blocks_and_at_their_edges() {
    for window in [1, 5, 16, 17, 100] {
        for dtype in [DType::F32, DType::BF16] {
            let shape = Shape { window: Some(window), ..Shape::new(64, 1, 2, dtype) };
            check(&Scenario::new(shape, &single_tokens()), Setting::new(DType::F32));
        }
    }
}

#[test]
fn scores_are_capped() {
    for cap in [0.5, 50.0] {
        for dtype in DTYPES {
            let shape = Shape { soft_cap: Some(cap), ..Shape::new(80, 1, 2, dtype) };
            check(&Scenario::new(shape, &single_tokens()), Setting::new(DType::F32));
        }
    }
}

#[test]
fn results_have_the_type_of_the_layer_that_takes_them() {
    for output in DTYPES {
        for dtype in DTYPES {
            // 5 * 24 features leave 8 of padding.
            let shape = Shape::new(24, 1, 5, dtype);
            check(&Scenario::new(shape, &[chunk(1, 20), chunk(9, 20)]), Setting::new(output));
        }
    }
}

#[test]
fn more_tokens_than_blocks_of_threads_take_turns() {
    let chunks: Vec<Chunk> = (0..1100).map(|index| chunk(1, index % 40)).collect();
    check(&Scenario::new(Shape::new(8, 1, 1, DType::F16), &chunks), Setting::new(DType::F32));
}
