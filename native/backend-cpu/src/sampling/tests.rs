use conduit_backend::{LogitAdjustment, RowSampling};

use super::{adjusted, choose, choose_token};
use crate::kernels::test_support::{all_kernels, random};

const WARM: RowSampling = RowSampling { temperature: 1.0, seed: 42, ..RowSampling::GREEDY };

/// Tokens chosen at many positions, on the best instruction set.
fn draw(logits: &[f32], mask: Option<&[u32]>, sampling: RowSampling, count: u64) -> Vec<u32> {
    let kernels = all_kernels()[0].1;
    let at = |position| choose(kernels, logits, mask, &RowSampling { position, ..sampling }).unwrap();
    (0..count).map(at).collect()
}

fn support(logits: &[f32], mask: Option<&[u32]>, sampling: RowSampling) -> Vec<u32> {
    let mut tokens = draw(logits, mask, sampling, 4000);
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

fn greedy(logits: &[f32], mask: Option<&[u32]>) -> Option<u32> {
    choose(all_kernels()[0].1, logits, mask, &RowSampling::GREEDY)
}

#[test]
fn greedy_takes_the_highest_and_the_lowest_id_of_equals() {
    assert_eq!(greedy(&[1.0, 3.0, 2.0, 3.0], None), Some(1));
    assert_eq!(greedy(&[-5.0, -5.0], None), Some(0));
}

#[test]
fn nan_counts_as_minus_infinity() {
    assert_eq!(greedy(&[f32::NAN, 1.0, f32::NAN, 2.0], None), Some(3));
    assert_eq!(greedy(&[f32::NAN; 3], None), Some(0));
    assert_eq!(greedy(&[f32::NEG_INFINITY; 3], Some(&[0b110])), Some(1));
    assert_eq!(support(&[f32::NAN, 0.0, f32::NAN, 0.0], None, WARM), [1, 3]);
    assert_eq!(support(&[f32::NAN; 4], Some(&[0b1100]), WARM), [2]);
    assert_eq!(support(&[0.0, f32::INFINITY, 5.0], None, WARM), [1]);
}

#[test]
fn a_mask_allows_nothing_beyond_its_end() {
    let logits = random(1, 100);
    assert_eq!(greedy(&logits, Some(&[0, 0b1000])), Some(35));
    assert_eq!(greedy(&logits, Some(&[])), None);
    assert_eq!(greedy(&logits, Some(&[0, 0, 0, 0])), None);
    assert_eq!(support(&logits, Some(&[1, 0, 1 << 31, 0b1000, u32::MAX]), WARM), [0, 95, 99]);
}

#[test]
fn tokens_come_as_often_as_softmax_says() {
    let logits = [0.5, -1.0, 2.0, 0.0, -30.0];
    for temperature in [0.5, 1.0, 2.5] {
        let weights: Vec<f64> = logits.iter().map(|logit| f64::from(logit / temperature).exp()).collect();
        let total: f64 = weights.iter().sum();
        let draws = draw(&logits, None, RowSampling { temperature, ..WARM }, 40_000);
        for (token, weight) in weights.iter().enumerate() {
            let share =
                draws.iter().filter(|drawn| **drawn == token as u32).count() as f64 / draws.len() as f64;
            let expected = weight / total;
            assert!((share - expected).abs() < 0.012, "{temperature} token {token}: {share} for {expected}");
        }
    }
}

#[test]
fn top_k_keeps_the_most_probable_and_the_lowest_ids_of_equals() {
    let logits = [1.0, 2.0, 1.5, 1.0, 1.0];
    assert_eq!(support(&logits, None, RowSampling { top_k: 2, ..WARM }), [1, 2]);
    assert_eq!(support(&logits, None, RowSampling { top_k: 3, ..WARM }), [0, 1, 2]);
    assert_eq!(support(&logits, None, RowSampling { top_k: 1, ..WARM }), [1]);
    assert_eq!(support(&logits, None, RowSampling { top_k: 99, ..WARM }), [0, 1, 2, 3, 4]);
    assert_eq!(support(&logits, Some(&[0b11101]), RowSampling { top_k: 1, ..WARM }), [2]);
}

#[test]
fn top_p_keeps_the_smallest_set_that_reaches_it() {
    // Probabilities 0.4, 0.3, 0.2, 0.1.
    let logits = [0.3f32, 0.4, 0.1, 0.2].map(f32::ln);
    for (top_p, expected) in [
        (0.0, &[1][..]),
        (0.39, &[1]),
        (0.41, &[0, 1]),
        (0.69, &[0, 1]),
        (0.71, &[0, 1, 3]),
        (0.91, &[0, 1, 2, 3]),
        (1.0, &[0, 1, 2, 3]),
    ] {
        assert_eq!(support(&logits, None, RowSampling { top_p, ..WARM }), expected, "{top_p}");
    }
    // Of the two that top_k leaves, the first has 4/7.
    assert_eq!(support(&logits, None, RowSampling { top_p: 0.57, top_k: 2, ..WARM }), [1]);
    assert_eq!(support(&logits, None, RowSampling { top_p: 0.58, top_k: 2, ..WARM }), [0, 1]);
}

#[test]
fn top_p_of_a_large_vocabulary_is_that_of_sorting_all_of_it() {
    let logits: Vec<f32> = random(8, 5000).iter().map(|logit| logit * 9.0).collect();
    for top_p in [0.1, 0.5, 0.9, 0.99] {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
        let weight = |token: &usize| f64::from(logits[*token]).exp();
        let total: f64 = order.iter().map(weight).sum();
        let mut reached = 0.0;
        let size = 1 + order
            .iter()
            .take_while(|token| {
                reached += weight(token);
                reached < f64::from(top_p) * total
            })
            .count();
        let kept = support(&logits, None, RowSampling { top_p, ..WARM });
        assert!(kept.iter().all(|token| order[..size].contains(&(*token as usize))), "{top_p}");
        assert!(kept.contains(&(order[0] as u32)));
        let last = order[size / 2] as u32;
        assert!(size > 200 || kept.contains(&last), "{top_p}: {last} of {size}");
    }
}

#[test]
fn min_p_drops_what_is_far_less_probable_than_the_best() {
    let logits = [1.0f32, 0.5, 0.25, 0.1].map(f32::ln);
    assert_eq!(support(&logits, None, RowSampling { min_p: 0.2, ..WARM }), [0, 1, 2]);
    assert_eq!(support(&logits, None, RowSampling { min_p: 0.3, ..WARM }), [0, 1]);
    assert_eq!(support(&logits, None, RowSampling { min_p: 1.0, ..WARM }), [0]);
}

#[test]
fn the_same_seed_and_position_give_the_same_token() {
    let logits = random(4, 1000);
    let first = draw(&logits, None, WARM, 200);
    assert_eq!(first, draw(&logits, None, WARM, 200));
    let other = draw(&logits, None, RowSampling { seed: 43, ..WARM }, 200);
    assert!(first.iter().zip(&other).filter(|(a, b)| a == b).count() < 20);
}

#[test]
fn a_tiny_temperature_is_greedy() {
    let logits = random(6, 300);
    let sampling = RowSampling { temperature: f32::MIN_POSITIVE, ..WARM };
    assert_eq!(support(&logits, None, sampling), [greedy(&logits, None).unwrap()]);
}

#[test]
fn adjustments_come_before_everything_else() {
    let logits = [2.0, 1.5, f32::NAN, -0.5, -0.4];
    let adjustment = |token, repetition, bias| LogitAdjustment { token, repetition, bias };
    let chosen = |adjustments: &[LogitAdjustment], mask: Option<&[u32]>, sampling: &RowSampling| {
        choose_token(&logits, adjustments, mask, sampling)
    };
    let best = |adjustments: &[_], mask| chosen(adjustments, mask, &RowSampling::GREEDY);
    assert_eq!(best(&[adjustment(0, 1.5, 0.0)], None), Some(1));
    assert_eq!(best(&[adjustment(0, 1.0, -0.6)], None), Some(1));
    assert_eq!(best(&[adjustment(2, 1.0, 100.0)], None), Some(0));
    // What is below 0 is multiplied.
    assert_eq!(best(&[adjustment(4, 1.5, 0.0)], Some(&[0b11000])), Some(3));
    // The mask has the last word.
    assert_eq!(best(&[adjustment(0, 1.0, 100.0)], Some(&[0b01010])), Some(1));
    // Filters see the adjusted logits.
    let few = RowSampling { top_k: 2, ..WARM };
    let draws = (0..200).map(|position| {
        chosen(&[adjustment(0, 1.0, -50.0), adjustment(3, 1.0, 2.0)], None, &RowSampling { position, ..few })
    });
    let mut tokens: Vec<_> = draws.map(Option::unwrap).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens, [1, 3]);
}

#[test]
fn logits_that_nothing_adjusts_are_not_copied() {
    assert!(matches!(adjusted(&[1.0, 2.0], &[]), std::borrow::Cow::Borrowed(_)));
}
