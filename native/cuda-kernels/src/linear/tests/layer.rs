use conduit_backend::DType;

use crate::test_support::{Device, assert_close, random, rounded};
use crate::{Geometry, RowCount, Tensor, linear};

/// One layer and one step.
#[derive(Clone, Copy, Debug)]
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

    /// Runs the layer and compares every output with sums in f64, padding and the rows beyond the count with what they were.
    #[track_caller]
    pub fn check(self) {
        let what = format!("{self:?}");
        // The other count is one that would be too much.
        let (mut device, row_count) = if self.counts_logits {
            (Device::new(self.max_rows, 1, self.rows, self.max_rows), RowCount::LogitRows)
        } else {
            (Device::new(self.rows, self.max_rows, self.max_rows, 1), RowCount::Tokens)
        };
        let input = self.matrix(1, self.rows);
        let weights = self.matrix(2, self.features);
        let bias = self.has_bias.then(|| random(3, self.features as usize));

        let beyond = vec![f32::NAN; ((self.max_rows - self.rows) * self.inner) as usize];
        let input_tensor = self.upload(&mut device, &[&*input, &*beyond].concat());
        let weight_tensor = self.upload(&mut device, &weights);
        let bias_address = bias.as_deref().map(|bias| device.vector(bias));
        let output_stride = Tensor::stride_of(self.features) + self.extra_stride;
        let output = Tensor { features: self.features, ..device.output(output_stride, DType::F32) };
        let geometry = Geometry {
            multiprocessors: self.multiprocessors,
            deterministic: self.deterministic,
            ..device.geometry()
        };
        let workspace_bytes = linear::workspace_bytes(&geometry, weight_tensor, self.features, row_count);
        assert!(!self.deterministic || workspace_bytes == 0, "{what}: sums are in one piece");
        let workspace = device.allocate(workspace_bytes as usize);
        let step = device.step();
        for launch in linear::launches(
            &geometry,
            &step,
            input_tensor,
            weight_tensor,
            bias_address,
            output,
            row_count,
            workspace,
        ) {
            device.run(&launch);
        }

        // Tensor cores cut off what an addition leaves over: each of `inner / 16` steps errs by up to one unit of the last
        // place. A product too many or too few weighs more than ten times as much.
        let usual_sum = (f64::from(self.inner).sqrt() / 3.0).max(1.0);
        let tolerance = (4e-6 + 1e-8 * f64::from(self.inner)) * usual_sum;
        for (index, row) in input.chunks_exact(self.inner as usize).enumerate() {
            let expected = self.products(row, &weights, bias.as_deref());
            assert_close(&device.row(output, index), &expected, tolerance, &what);
        }
        let rows = self.rows as usize;
        if self.extra_stride == 0 {
            device.assert_padding_is_zero(output, rows, &what);
        } else {
            let all = device.read::<f32>(output.address).chunks_exact(output_stride as usize);
            let mut padding = all.take(rows).flat_map(|row| &row[self.features as usize..]);
            assert!(padding.all(|value| value.is_nan()), "{what}: written beyond the features");
        }
        device.assert_untouched_from(output, rows, &what);
    }

    /// Rows without padding, of values that the element type has.
    fn matrix(&self, seed: u64, rows: u32) -> Vec<f32> {
        let values = random(seed, (rows * self.inner) as usize);
        values.into_iter().map(|value| rounded(value, self.dtype)).collect()
    }

    /// The rows with zeros up to the next multiple of 64, and NaN from there to the next row.
    fn upload(&self, device: &mut Device, rows: &[f32]) -> Tensor {
        let stride = (Tensor::stride_of(self.inner) + self.extra_stride) as usize;
        let mut padded = Vec::new();
        for row in rows.chunks_exact(self.inner as usize) {
            padded.extend_from_slice(row);
            padded.resize(padded.len() + stride - row.len() - self.extra_stride as usize, 0.0);
            padded.resize(padded.len() + self.extra_stride as usize, f32::NAN);
        }
        Tensor { features: self.inner, ..device.tensor(&padded, stride as u32, self.dtype) }
    }

    /// One row's outputs in f64.
    fn products(&self, row: &[f32], weights: &[f32], bias: Option<&[f32]>) -> Vec<f64> {
        let weights = weights.chunks_exact(self.inner as usize).enumerate();
        let product = |(feature, weights): (usize, &[f32])| {
            dot(row, weights) + bias.map_or(0.0, |bias| f64::from(bias[feature]))
        };
        weights.map(product).collect()
    }
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
