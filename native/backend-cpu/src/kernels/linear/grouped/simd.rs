use half::bf16;

/// One number of each row of a strip, and a quad of each: what the kernel of grouped weights is written over.
///
/// # Safety
/// Every function needs a CPU that has the instruction set; those that take a pointer read as many elements as they say, at any
/// alignment that suits the element.
pub trait StripSimd: Copy {
    /// A quad of each row: 64 bytes.
    type Quads: Copy;
    /// A whole number for each row.
    type Sums: Copy;
    /// A number for each row.
    type Floats: Copy;

    /// Rows of input that are multiplied at once at most, up to 8.
    const ROWS: usize;

    /// Numbers of eight bits; 64 bytes are read.
    unsafe fn load(from: *const u8) -> Self::Quads;
    /// Numbers of four bits, below and above, as the upper halves of bytes; 64 bytes are read.
    unsafe fn load_halves(from: *const u8) -> [Self::Quads; 2];
    /// Where the sums of a group begin; `correction` is that of [`super::input`].
    unsafe fn begin(correction: *const i32) -> Self::Sums;
    /// Adds the products with a quad of input, from -127 to 127 each.
    unsafe fn add_products(sums: Self::Sums, weights: Self::Quads, input: *const i8) -> Self::Sums;

    unsafe fn zero() -> Self::Floats;
    /// The scales of a block.
    unsafe fn load_scales(from: *const bf16) -> Self::Floats;
    /// `total + sums * (scale * input_scale)`, each operation rounded by itself, so that all sets give the same bits.
    unsafe fn add_scaled(
        total: Self::Floats,
        sums: Self::Sums,
        scales: Self::Floats,
        input_scale: f32,
    ) -> Self::Floats;
    unsafe fn to_array(floats: Self::Floats) -> [f32; 16];

    /// Asks for the cache line that holds `from`, which need not be valid.
    unsafe fn prefetch(from: *const u8);
}
