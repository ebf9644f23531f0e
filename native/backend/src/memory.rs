use crate::{KvDType, Result};

/// Bytes of one extent: the unit in which models take memory from the budget and give it back.
pub const EXTENT_BYTES: usize = 32 << 20;

/// Tokens of one KV block.
pub const BLOCK_TOKENS: usize = 16;

/// Bytes that one step of a [`KvAddress`] stands for.
pub const KV_ADDRESS_UNIT: usize = 1 << 10;

/// Address of a KV block: its distance from the start of the device's KV range, in units of 1 KiB.
///
/// 32 bits reach 4 TiB, so that block tables stay small whatever the size of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KvAddress(pub u32);

impl KvAddress {
    /// Distance from the start of the KV range in bytes.
    pub const fn byte_offset(self) -> usize {
        self.0 as usize * KV_ADDRESS_UNIT
    }
}

/// How much device memory weights and KV caches of all models may take together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub bytes: u64,
}

/// One mapped extent; its number says where it lies in the KV range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent(pub u32);

impl Extent {
    /// Address of the first byte.
    pub const fn address(self) -> KvAddress {
        KvAddress(self.0 * (EXTENT_BYTES / KV_ADDRESS_UNIT) as u32)
    }
}

/// The device memory that all models share.
pub trait Memory: Send + Sync {
    /// Extents that the budget still allows.
    fn free_extents(&self) -> usize;

    /// Takes one extent from the budget. Its content is unspecified.
    ///
    /// # Errors
    /// [`crate::BackendError::OutOfMemory`] when the budget is used up.
    fn map(&self) -> Result<Extent>;

    /// Gives an extent back. No step that reads it may be in flight.
    fn unmap(&self, extent: Extent);
}

/// Shape of the KV blocks of one group of layers that share a block table (full attention, or one window).
///
/// A block holds [`BLOCK_TOKENS`] tokens of all layers of the group, laid out as `[layer][key, value][kv_head]`, each
/// `[token][head_dim]` of numbers and, where the type has scales, `[token]` of scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KvLayout {
    pub layers: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub dtype: KvDType,
    /// How many positions back a token of this group sees, itself included; `None` sees everything.
    pub window: Option<usize>,
}

impl KvLayout {
    /// Bytes of one block, rounded up to [`KV_ADDRESS_UNIT`].
    pub const fn block_bytes(&self) -> usize {
        (self.layers * self.layer_bytes()).next_multiple_of(KV_ADDRESS_UNIT)
    }

    /// Bytes of one layer's keys and values within a block.
    pub const fn layer_bytes(&self) -> usize {
        2 * self.side_bytes()
    }

    /// Bytes of one layer's keys (or values) within a block.
    pub const fn side_bytes(&self) -> usize {
        self.kv_heads * self.head_bytes()
    }

    /// Bytes of one head's keys (or values) within a block, scales included.
    pub const fn head_bytes(&self) -> usize {
        BLOCK_TOKENS * (self.head_dim * self.dtype.bytes() + self.dtype.scale_bytes())
    }

    /// Blocks that fit one extent.
    pub const fn blocks_per_extent(&self) -> usize {
        EXTENT_BYTES / self.block_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of Qwen3-0.6B.
    const fn layout(dtype: KvDType) -> KvLayout {
        KvLayout { layers: 28, kv_heads: 8, head_dim: 128, dtype, window: None }
    }

    #[test]
    fn eight_bits_take_half_of_sixteen_and_two_bytes_for_each_head() {
        let bytes_per_token = |dtype| layout(dtype).block_bytes() / BLOCK_TOKENS;
        assert_eq!(bytes_per_token(KvDType::BF16), 2 * 28 * 8 * 128 * 2);
        for dtype in [KvDType::F8E4M3, KvDType::Int8] {
            assert_eq!(bytes_per_token(dtype), 2 * 28 * 8 * (128 + 2));
        }
    }
}
