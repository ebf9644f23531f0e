use conduit_backend::{LogitAdjustment, RowSampling};
use conduit_backend_cpu::choose_token;

use super::*;
use crate::test_support::{Device, random};

const WARM: RowSampling = RowSampling { temperature: 1.0, seed: 42, ..RowSampling::GREEDY };

struct Row {
    logits: Vec<f32>,
    mask: Option<Vec<u32>>,
    adjustments: Vec<LogitAdjustment>,
    sampling: RowSampling,
}

impl Row {
    fn new(logits: &[f32], sampling: RowSampling) -> Self {
        Self { logits: logits.to_vec(), mask: None, adjustments: Vec::new(), sampling }
    }
}

/// What the kernel chose; it must leave the logits as they were, to the bit.
#[track_caller]
fn sample(rows: &[Row]) -> Vec<Option<u32>> {
    let vocab_size = rows[0].logits.len();
    let count = rows.len() as u32;
    let mut device = Device::new(0, 0, count, count + 1);
    let logits: Vec<f32> = rows.iter().flat_map(|row| row.logits.clone()).collect();
    let logits = device.tensor(&logits, vocab_size as u32, DType::F32);
    let (mut words, mut adjustments) = (Vec::new(), Vec::new());
    let sampling_rows: Vec<SamplingRow> = rows
        .iter()
        .map(|row| {
            let mask = row.mask.as_ref().map(|mask| {
                let start = words.len() as u32;
                words.extend_from_slice(mask);
                (start, mask.len() as u32)
            });
            let start = adjustments.len() as u32;
            adjustments.extend(row.adjustments.iter().map(Adjustment::from));
            SamplingRow::new(&row.sampling, mask, (start, row.adjustments.len() as u32))
        })
        .collect();
    let sampling = Sampling {
        logits,
        rows: device.upload(&sampling_rows),
        masks: device.upload(&words),
        adjustments: device.upload(&adjustments),
        sampled: device.allocate(size_of::<SampledToken>() * (rows.len() + 1)),
    };
    device.run(&launch(&device.geometry(), &device.step(), &sampling));
    let sampled = device.read::<SampledToken>(sampling.sampled);
    assert_eq!(sampled[rows.len()].token, u32::MAX, "written beyond the step's rows");
    let tokens = sampled[..rows.len()].iter().map(|row| (row.is_allowed == 1).then_some(row.token)).collect();
    let bits = |logits: &[f32]| logits.iter().map(|logit| logit.to_bits()).collect::<Vec<_>>();
    for (index, row) in rows.iter().enumerate() {
        assert!(bits(&device.row(logits, index)) == bits(&row.logits), "row {index} is changed");
    }
    tokens
}

#[track_caller]
fn agree(rows: &[Row]) {
    for (index, (row, token)) in rows.iter().zip(sample(rows)).enumerate() {
        let expected = choose_token(&row.logits, &row.adjustments, row.mask.as_deref(), &row.sampling);
        assert_eq!(token, expected, "row {index} of {}, {:?}", row.logits.len(), row.sampling);
    }
}

/// Logits as models give them: a few tokens far above the many.
fn logits(seed: u64, vocab_size: usize) -> Vec<f32> {
    random(seed, vocab_size).iter().map(|value| 14.0 * value.powi(5) + 2.0 * value).collect()
}

fn filters() -> Vec<RowSampling> {
    let mut all = Vec::new();
    for temperature in [0.0, 0.3, 1.0, 2.5] {
        for (top_k, top_p, min_p) in [
            (0, 1.0, 0.0),
            (1, 1.0, 0.0),
            (40, 1.0, 0.0),
            (0, 0.9, 0.0),
            (0, 0.01, 0.0),
            (0, 0.0, 0.0),
            (0, 1.0, 0.05),
            (50, 0.95, 0.02),
            (100_000, 0.999, 0.0),
            (7, 0.5, 1.5),
        ] {
            all.push(RowSampling { temperature, top_k, top_p, min_p, ..WARM });
        }
    }
    all
}

#[test]
fn chooses_what_the_cpu_chooses_at_the_vocabularies_of_real_models() {
    for vocab_size in [32_000, 49_152, 151_936, 262_208] {
        let rows = filters().into_iter().enumerate().step_by(3).map(|(index, sampling)| {
            let index = index as u64;
            Row::new(&logits(index % 3, vocab_size), RowSampling { position: index, ..sampling })
        });
        agree(&rows.collect::<Vec<_>>());
    }
}

#[test]
fn chooses_what_the_cpu_chooses_past_the_edges() {
    for vocab_size in [1, 2, 3, 31, 32, 33, 127, 128, 129, 1000, 4095, 4096, 4097] {
        let rows = filters().into_iter().zip(0..).map(|(sampling, position)| {
            let sampling = RowSampling { position, seed: position << 40, ..sampling };
            Row::new(&logits(position % 3, vocab_size), sampling)
        });
        agree(&rows.collect::<Vec<_>>());
    }
}

#[test]
fn equal_logits_are_cut_by_their_ids() {
    let few: Vec<f32> = (0..5000).map(|token| (token % 7) as f32 * 0.5).collect();
    let same = vec![1.5; 5000];
    let mut rows = Vec::new();
    for position in 0..6 {
        for (top_k, top_p) in
            [(3, 1.0), (714, 1.0), (2000, 0.3), (0, 0.5), (0, 0.123), (999, 0.999), (4999, 1.0)]
        {
            let sampling = RowSampling { top_k, top_p, position, ..WARM };
            rows.push(Row::new(&few, sampling));
            rows.push(Row::new(&same, sampling));
        }
    }
    agree(&rows);
}

#[test]
fn masks_nan_and_infinities_are_as_on_the_cpu() {
    let base = logits(5, 1000);
    let with = |change: &[(usize, f32)]| {
        let mut logits = base.clone();
        change.iter().for_each(|(token, value)| logits[*token] = *value);
        logits
    };
    let mut only = vec![0; 32];
    only[7] = 0b1001_0000;
    let odd = vec![0xAAAA_AAAA; 32];
    let mut rows = Vec::new();
    for sampling in filters() {
        for position in 0..2 {
            let sampling = RowSampling { position, ..sampling };
            for mask in [vec![], vec![0; 3], vec![u32::MAX; 3], only.clone(), odd.clone(), vec![u32::MAX; 99]]
            {
                rows.push(Row { mask: Some(mask), ..Row::new(&base, sampling) });
            }
            let nan = f32::NAN;
            rows.push(Row::new(&with(&[(0, nan), (999, nan), (500, 20.0)]), sampling));
            rows.push(Row::new(&with(&[(3, f32::INFINITY), (2, nan), (700, f32::INFINITY)]), sampling));
            rows.push(Row { mask: Some(odd.clone()), ..Row::new(&[nan; 1000], sampling) });
            rows.push(Row { mask: Some(only.clone()), ..Row::new(&[f32::NEG_INFINITY; 1000], sampling) });
            rows.push(Row::new(&with(&[(0, -0.0), (1, 0.0), (2, 1e30), (3, -1e30)]), sampling));
        }
    }
    let zeros: Vec<f32> = (0..1000).map(|token| if token % 2 == 0 { -0.0 } else { 0.0 }).collect();
    rows.push(Row::new(&zeros, RowSampling::GREEDY));
    rows.push(Row::new(&base, RowSampling { temperature: f32::MIN_POSITIVE, ..WARM }));
    agree(&rows);
}

#[test]
fn draws_of_many_positions_and_seeds_agree() {
    let base = logits(1, 500);
    let of = |position: u64| {
        let seed = position.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Row::new(&base, RowSampling { seed, position: position << 30, temperature: 1.7, ..WARM })
    };
    agree(&(0..400).map(of).collect::<Vec<_>>());
}

/// Every `every`-th token, with numbers as penalties and biases give them.
fn adjustments(seed: u64, vocab_size: usize, every: usize) -> Vec<LogitAdjustment> {
    let numbers = random(seed, vocab_size);
    let tokens = (seed as usize % every..vocab_size).step_by(every);
    let of = |token: usize| {
        let repetition = [1.0, 1.1, 0.7, 1.9][token / every % 4];
        LogitAdjustment { token: token as u32, repetition, bias: 3.0 * numbers[token] }
    };
    tokens.map(of).collect()
}

#[test]
fn adjusted_rows_choose_what_they_choose_on_the_cpu() {
    for vocab_size in [1, 33, 1000, 4097, 32_000] {
        for every in [1, 7, 300] {
            let rows = filters().into_iter().zip(0u64..).step_by(2).map(|(sampling, position)| {
                let sampling = RowSampling { position, ..sampling };
                let row = Row::new(&logits(position % 3, vocab_size), sampling);
                // Rows between those that have some, which have none.
                let count = if position % 6 == 0 { 0 } else { vocab_size };
                let mut adjustments = adjustments(position, vocab_size, every);
                adjustments.truncate(count);
                Row { adjustments, ..row }
            });
            agree(&rows.collect::<Vec<_>>());
        }
    }
}

#[test]
fn adjustments_of_nan_infinities_and_masked_tokens_are_as_on_the_cpu() {
    let mut base = logits(5, 1000);
    (base[0], base[1], base[500]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    let strong =
        [0, 500, 501, 998, 999].map(|token| LogitAdjustment { token, repetition: 1e30, bias: 100.0 });
    let banned = [1, 2, 3].map(|token| LogitAdjustment { token, repetition: 1.0, bias: -100.0 });
    let mut rows = Vec::new();
    for sampling in filters() {
        for mask in [None, Some(vec![0xAAAA_AAAA; 32]), Some(vec![]), Some(vec![0b1110])] {
            for adjustments in [strong.to_vec(), banned.to_vec(), adjustments(3, 1000, 1)] {
                rows.push(Row { mask: mask.clone(), adjustments, ..Row::new(&base, sampling) });
            }
        }
    }
    agree(&rows);
}
