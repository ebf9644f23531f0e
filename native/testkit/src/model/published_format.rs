use clap::ValueEnum;
use safetensors::tensor::Dtype;
use serde_json::{Value, json};

use super::random::Random;

/// Input features of a group, and output and input features of a block: the sizes that publishers use.
const GROUP: usize = 128;

/// How the matrices of a tiny model's layers are quantised, as their publisher would have done it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PublishedFormat {
    /// FP8 e4m3 in blocks of 128x128.
    Fp8,
    /// Four bits in groups of 128, in order.
    Gptq,
    /// Four bits in groups of 128.
    Awq,
}

/// A tensor of a layer.
pub(crate) struct StoredTensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl PublishedFormat {
    /// `quantization_config` of config.json.
    pub(crate) fn config(self) -> Value {
        match self {
            Self::Fp8 => json!({
                "quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
                "weight_block_size": [GROUP, GROUP],
            }),
            Self::Gptq => json!({
                "quant_method": "gptq", "bits": 4, "group_size": GROUP, "desc_act": false, "sym": true,
                "checkpoint_format": "gptq",
            }),
            Self::Awq => json!({
                "quant_method": "awq", "bits": 4, "group_size": GROUP, "zero_point": true, "version": "gemm",
            }),
        }
    }

    /// The tensors of a layer with random weights, whose outputs have about the deviation of its inputs.
    pub(crate) fn tensors(self, layer: &str, [outputs, inputs]: [usize; 2], seed: u64) -> Vec<StoredTensor> {
        let random = |part: &str, dtype: Dtype, shape: &[usize]| {
            let name = format!("{layer}.{part}");
            let count = shape.iter().product::<usize>() * dtype.bitsize() / 8;
            let bytes = Random::named(seed, &name).bytes(count);
            StoredTensor { name, dtype, shape: shape.to_vec(), bytes }
        };
        let filled = |part: &str, dtype, shape: &[usize], value: &[u8]| StoredTensor {
            name: format!("{layer}.{part}"),
            dtype,
            shape: shape.to_vec(),
            bytes: value.repeat(shape.iter().product()),
        };
        let deviation = 1.0 / (inputs as f32).sqrt();
        let groups = inputs.div_ceil(GROUP);
        let words = outputs.div_ceil(8);
        match self {
            Self::Fp8 => {
                let mut weight = random("weight", Dtype::F8_E4M3, &[outputs, inputs]);
                for number in &mut weight.bytes {
                    // From 1/16 to 1, or minus that: neither NaN nor larger than what the scales are made for.
                    *number = *number & 0x87 | (0x18 + (*number & 0x18));
                }
                let shape = [outputs.div_ceil(GROUP), groups];
                vec![weight, filled("weight_scale_inv", Dtype::F32, &shape, &(2.0 * deviation).to_le_bytes())]
            }
            Self::Gptq | Self::Awq => {
                // Numbers from 0 to 15 have a deviation of 4.6; zero points are 8, of which GPTQ stores one less.
                let scale = half::f16::from_f32(deviation / 4.6).to_le_bytes();
                let (shape, zero_points) = match self {
                    Self::Gptq => ([inputs.div_ceil(8), outputs], [0x77; 4]),
                    _ => ([inputs, words], [0x88; 4]),
                };
                vec![
                    random("qweight", Dtype::I32, &shape),
                    filled("qzeros", Dtype::I32, &[groups, words], &zero_points),
                    filled("scales", Dtype::F16, &[groups, outputs], &scale),
                ]
            }
        }
    }
}
