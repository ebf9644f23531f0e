use conduit_backend::DType;
use half::{bf16, f16};

/// Seeded numbers (SplitMix64), the same on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 to `end - 1`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next_u64() % end as u64) as usize
    }

    /// Evenly from -1 to 1.
    pub fn signed(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub fn signed_values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.signed()).collect()
    }
}

/// Values as they lie in memory.
pub fn encode(dtype: DType, values: &[f32]) -> Vec<u8> {
    match dtype {
        DType::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        DType::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        DType::BF16 => values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
    }
}

/// What lies in memory, as numbers.
pub fn decode(dtype: DType, bytes: &[u8]) -> Vec<f32> {
    let words = || bytes.chunks_exact(2).map(|word| [word[0], word[1]]);
    match dtype {
        DType::F32 => {
            let words = bytes.chunks_exact(4);
            words.map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
        }
        DType::F16 => words().map(|word| f16::from_le_bytes(word).to_f32()).collect(),
        DType::BF16 => words().map(|word| bf16::from_le_bytes(word).to_f32()).collect(),
    }
}

/// A buffer of `bytes` bytes that is no number in any element type.
pub fn poison(bytes: usize) -> Vec<u8> {
    vec![0xFF; bytes]
}

/// The largest difference, as a share of the reference's largest magnitude; not a number where one of the values is none.
pub fn worst_relative_error(found: &[f32], expected: &[f64]) -> f64 {
    if found.len() != expected.len() {
        return f64::NAN;
    }
    let scale = expected.iter().fold(f64::MIN_POSITIVE, |scale, value| scale.max(value.abs()));
    let differences =
        found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
    let worst =
        differences.fold(0.0, |worst: f64, next| if worst.is_nan() || next <= worst { worst } else { next });
    worst / scale
}
