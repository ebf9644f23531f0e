use conduit_backend::DType;

use super::run::{Setting, check, run};
use super::scenario::{Scenario, Shape, chunk};

const SETTING: Setting = Setting { deterministic: true, ..Setting::new(DType::F32) };

#[test]
fn tokens_have_the_same_bits_alone_and_in_a_batch() {
    // The first sequence is the same in both, as its keys and values depend on its place; so are the shuffled queries' first rows.
    let first = chunk(1, 700);
    let mut others = vec![first];
    others.extend((0..80).map(|index| chunk(1 + index % 9, index)));
    for dtype in [DType::F32, DType::BF16] {
        let shape = Shape { window: Some(650), ..Shape::new(64, 1, 3, dtype) };
        let alone = run(&Scenario::new(shape, &[first]), Setting { spare_tokens: 0, ..SETTING });
        let together = run(&Scenario::new(shape, &others), Setting { spare_tokens: 200, ..SETTING });
        let bits = |row: Vec<f32>| row.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(alone.row(0)), bits(together.row(0)), "{dtype:?}");
    }
}

#[test]
fn a_chunk_has_the_bits_of_single_tokens() {
    let shape = Shape::new(80, 1, 2, DType::F16);
    let chunked = Scenario::new(shape, &[chunk(20, 300)]);
    let whole = run(&chunked, SETTING);
    let part = run(&Scenario::new(shape, &[chunk(3, 300)]), SETTING);
    for token in 0..3 {
        assert_eq!(whole.row(token), part.row(token), "token {token}");
    }
}

#[test]
fn deterministic_results_are_right() {
    for dtype in [DType::F32, DType::BF16] {
        let shape = Shape::new(128, 1, 5, dtype);
        check(&Scenario::new(shape, &[chunk(1, 600), chunk(12, 50)]), SETTING);
        check(&Scenario::new(shape, &[chunk(300, 5)]), SETTING);
    }
}
