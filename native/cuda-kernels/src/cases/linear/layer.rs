use conduit_backend::DType;

use crate::cases::{Agreement, Case, Random, Trial, decode, encode, poison};
use crate::{Geometry, Launch, RowCount, StepAddresses, Tensor, linear};

/// One layer and one step.
#[derive(Clone, Copy)]
pub struct Layer {
    pub dtype: DType,
    /// Rows of the step, and of its bucket.
    pub rows: u32,
    pub max_rows: u32,
    pub inner: u32,
    pub features: u32,
    pub has_bias: bool,
    pub deterministic: bool,
    pub counts_logits: bool,
    /// Elements between the padding of a row and the next row, in all matrices.
    pub extra_stride: u32,
    pub multiprocessors: u32,
}

// Places of the buffers.
const HEADER: usize = 0;
const INPUT: usize = 1;
const WEIGHT: usize = 2;
const BIAS: usize = 3;
const OUTPUT: usize = 4;
const WORKSPACE: usize = 5;

impl Layer {
    pub const SMALL: Self = Self {
        dtype: DType::BF16,
        rows: 1,
        max_rows: 1,
        inner: 576,
        features: 1,
        has_bias: false,
        deterministic: false,
        counts_logits: false,
        extra_stride: 0,
        multiprocessors: 132,
    };

    pub fn case(self, quick: bool) -> Case {
        Case { name: self.name(), quick, make: Box::new(move |_| self.trial()) }
    }

    fn name(&self) -> String {
        let Self { rows, max_rows, inner, features, multiprocessors, extra_stride, .. } = self;
        let mut name = format!(
            "linear/{} rows {rows} of {max_rows} in {inner} out {features} multiprocessors {multiprocessors}",
            self.dtype.name()
        );
        for (is_so, what) in [
            (self.has_bias, " bias"),
            (self.deterministic, " deterministic"),
            (self.counts_logits, " logits"),
            (*extra_stride > 0, " wide"),
        ] {
            name += if is_so { what } else { "" };
        }
        name
    }

    fn inner_stride(&self) -> u32 {
        self.inner.next_multiple_of(64) + self.extra_stride
    }

    fn output_stride(&self) -> u32 {
        self.features.next_multiple_of(64) + self.extra_stride
    }

    fn row_count(&self) -> RowCount {
        if self.counts_logits { RowCount::LogitRows } else { RowCount::Tokens }
    }

    fn geometry(&self) -> Geometry {
        let (max_tokens, max_rows) = if self.counts_logits { (1, self.max_rows) } else { (self.max_rows, 1) };
        Geometry {
            multiprocessors: self.multiprocessors,
            shared_bytes_per_block: 99 << 10,
            deterministic: self.deterministic,
            max_tokens,
            max_rows,
            max_sequences: 1,
        }
    }

    fn tensors(&self, input: u64, weight: u64, output: u64) -> [Tensor; 3] {
        let matrix = |address| Tensor {
            address,
            dtype: self.dtype,
            features: self.inner,
            stride: self.inner_stride(),
        };
        let output = Tensor {
            address: output,
            dtype: DType::F32,
            features: self.features,
            stride: self.output_stride(),
        };
        [matrix(input), matrix(weight), output]
    }

    fn launches(&self, addresses: &[u64]) -> Vec<Launch> {
        let step = StepAddresses { header: addresses[HEADER], ..StepAddresses::default() };
        let [input, weight, output] =
            self.tensors(addresses[INPUT], addresses[WEIGHT], addresses[OUTPUT]);
        let bias = self.has_bias.then_some(addresses[BIAS]);
        let workspace = addresses[WORKSPACE];
        linear::launches(&self.geometry(), &step, input, weight, bias, output, self.row_count(), workspace)
    }

    fn trial(self) -> Trial {
        let mut random = Random::new(u64::from(self.rows) << 32 | u64::from(self.inner));
        let input = self.matrix(&mut random, self.rows);
        let weight = self.matrix(&mut random, self.features);
        let bias = random.signed_values(self.features as usize);

        // The other count is one that would be too much.
        let mut header = [u32::MAX, u32::MAX, 1, 0];
        header[usize::from(self.counts_logits)] = self.rows;
        let rows_beyond = (self.max_rows - self.rows) * self.inner_stride();
        let [_, weight_tensor, output] = self.tensors(0, 0, 0);
        let workspace = linear::workspace_bytes(&self.geometry(), weight_tensor, output.features, self.row_count());
        let buffers = vec![
            header.iter().flat_map(|count| count.to_le_bytes()).collect(),
            [self.padded(&input), poison(rows_beyond as usize * self.dtype.bytes())].concat(),
            self.padded(&weight),
            encode(DType::F32, &bias),
            poison((self.max_rows * self.output_stride()) as usize * 4),
            poison(workspace.max(256) as usize),
        ];
        let check = move |buffers: &[Vec<u8>]| {
            let bias = self.has_bias.then_some(&*bias);
            self.check(&buffers[OUTPUT], &products(&input, &weight, self.inner as usize, bias))
        };
        Trial {
            buffers,
            launches: Box::new(move |addresses| self.launches(addresses)),
            check: Box::new(check),
        }
    }

    /// Rows without padding, of values that the element type has.
    fn matrix(&self, random: &mut Random, rows: u32) -> Vec<f32> {
        let values = random.signed_values((rows * self.inner) as usize);
        decode(self.dtype, &encode(self.dtype, &values))
    }

    /// Rows as they lie on the device: zeros up to the next multiple of 64, then what no one may read.
    fn padded(&self, rows: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let zeros = (self.inner.next_multiple_of(64) - self.inner) as usize;
        for row in rows.chunks_exact(self.inner as usize) {
            bytes.extend(encode(self.dtype, row));
            bytes.extend(encode(self.dtype, &vec![0.0; zeros]));
            bytes.extend(poison(self.extra_stride as usize * self.dtype.bytes()));
        }
        bytes
    }

    fn check(&self, output: &[u8], expected: &[f64]) -> Result<Agreement, String> {
        let row_bytes = self.output_stride() as usize * 4;
        let (rows, beyond) = output.split_at(self.rows as usize * row_bytes);
        if beyond.iter().any(|byte| *byte != 0xFF) {
            return Err("expected rows beyond the count as they were, found them written".to_owned());
        }
        let features = self.features as usize;
        let mut found = Vec::new();
        for (index, row) in rows.chunks_exact(row_bytes).enumerate() {
            let (values, rest) = row.split_at(features * 4);
            let filler = if self.extra_stride == 0 { 0x00 } else { 0xFF };
            if rest.iter().any(|byte| *byte != filler) {
                return Err(format!("expected {filler:#04x} after the features of row {index}, found other bytes"));
            }
            found.extend(decode(DType::F32, values));
        }
        // Tensor cores cut off what an addition leaves over: each of `inner / 16` steps errs by up to one unit of the last
        // place. A product too many or too few weighs more than ten times as much.
        let usual_sum = (f64::from(self.inner).sqrt() / 3.0).max(1.0);
        let tolerance = (4e-6 + 1e-8 * f64::from(self.inner)) * usual_sum;
        Ok(Agreement { worst_error: worst_error(&found, expected), tolerance })
    }
}

/// The largest difference; not a number where an output is none.
fn worst_error(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
    differences.fold(0.0, |worst, next| if next.is_nan() || next > worst { next } else { worst })
}

/// `input * weight^T + bias` in f64.
fn products(input: &[f32], weight: &[f32], inner: usize, bias: Option<&[f32]>) -> Vec<f64> {
    let features = || weight.chunks_exact(inner).enumerate();
    input
        .chunks_exact(inner)
        .flat_map(|row| {
            features().map(|(feature, weights)| {
                dot(row, weights) + bias.map_or(0.0, |bias| f64::from(bias[feature]))
            })
        })
        .collect()
}

fn dot(row: &[f32], weights: &[f32]) -> f64 {
    let mut sums = [0.0; 8];
    for (row, weights) in row.chunks(8).zip(weights.chunks(8)) {
        for (sum, (x, weight)) in sums.iter_mut().zip(row.iter().zip(weights)) {
            *sum += f64::from(*x) * f64::from(*weight);
        }
    }
    sums.iter().sum()
}
