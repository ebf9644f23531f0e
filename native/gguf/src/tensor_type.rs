/// How the elements of a tensor are stored, by ggml's names and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorType {
    name: &'static str,
    /// Elements of a block, which is the least that is stored.
    block_elements: u64,
    block_bytes: u64,
}

/// All whose blocks are known; the other numbers are those of types that were given up.
const KNOWN: [(u32, &str, u64, u64); 34] = [
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 40),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
    (40, "NVFP4", 64, 36),
    (41, "Q1_0", 128, 18),
];

impl TensorType {
    pub(crate) fn of(number: u32) -> Option<Self> {
        let known = KNOWN.iter().find(|(known, ..)| *known == number);
        known.map(|&(_, name, block_elements, block_bytes)| Self { name, block_elements, block_bytes })
    }

    /// Its name in ggml, such as `Q4_K`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Bytes of a tensor of these sizes, the innermost first.
    pub(crate) fn bytes(self, sizes: &[u64]) -> Result<u64, String> {
        let innermost = sizes.first().copied().unwrap_or(1);
        if !innermost.is_multiple_of(self.block_elements) {
            return Err(format!("rows of {innermost} in blocks of {} ({})", self.block_elements, self.name));
        }
        let elements = sizes.iter().try_fold(1u64, |product, size| product.checked_mul(*size));
        elements
            .and_then(|elements| (elements / self.block_elements).checked_mul(self.block_bytes))
            .filter(|bytes| i64::try_from(*bytes).is_ok())
            .ok_or_else(|| format!("sizes of {sizes:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_whole_blocks() {
        let bytes = |name: &str, sizes: &[u64]| {
            let (number, ..) = KNOWN.iter().find(|(_, known, ..)| *known == name).unwrap();
            TensorType::of(*number).unwrap().bytes(sizes)
        };
        assert_eq!(bytes("F32", &[3, 5]), Ok(60));
        assert_eq!(bytes("Q8_0", &[64, 3]), Ok(2 * 34 * 3));
        assert_eq!(bytes("Q4_K", &[256, 2, 2]), Ok(144 * 4));
        assert_eq!(bytes("F32", &[]), Ok(4));
        for sizes in [&[255u64, 2][..], &[1 << 40, 1 << 40], &[256, u64::MAX], &[1 << 62, 4]] {
            assert!(bytes("Q4_K", sizes).is_err(), "{sizes:?}");
        }
    }
}
