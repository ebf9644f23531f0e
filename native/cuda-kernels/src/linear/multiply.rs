use conduit_backend::DType;

use super::params::LinearParams;
use super::product::Product;
use crate::{Launch, Params, Tensor};

/// Inner features of a tile, as in `kernels/linear/tile.cuh`.
const TILE_INNER: u32 = 64;

/// Row tiles whose blocks run side by side: they share a tile of weights, and their rows stay in the second-level cache.
const GROUP_ROW_TILES: u32 = 8;

/// Blocks on a multiprocessor that keep enough copies under way.
const BLOCKS_PER_MULTIPROCESSOR: u32 = 2;

/// Partial sums of an output cost as much traffic as this many tiles of weights save.
const LEAST_PART_TILES: u32 = 4;
const MOST_PARTS: u32 = 16;

const COMBINE_THREADS: u32 = 256;

/// How a block is laid out, as in `kernels/linear_multiply.cu`.
struct Shape {
    bf16: &'static str,
    f16: &'static str,
    features: u32,
    rows: u32,
    threads: u32,
    stages: u32,
}

const SHAPE_16: Shape = Shape {
    bf16: "linear_multiply_bf16_16",
    f16: "linear_multiply_f16_16",
    features: 64,
    rows: 16,
    threads: 128,
    stages: 4,
};
const SHAPE_32: Shape =
    Shape { bf16: "linear_multiply_bf16_32", f16: "linear_multiply_f16_32", rows: 32, ..SHAPE_16 };
const SHAPE_64: Shape =
    Shape { bf16: "linear_multiply_bf16_64", f16: "linear_multiply_f16_64", rows: 64, ..SHAPE_16 };
const SHAPE_128: Shape = Shape {
    bf16: "linear_multiply_bf16_128",
    f16: "linear_multiply_f16_128",
    features: 128,
    rows: 128,
    threads: 256,
    stages: 3,
};

impl Shape {
    fn tiles(&self, product: &Product) -> u32 {
        product.max_rows.div_ceil(self.rows) * product.features.div_ceil(self.features)
    }

    /// Every architecture from sm_80 on gives a block 99 KiB; this is 96 KiB at the most.
    const fn shared_bytes(&self) -> u32 {
        self.stages * (self.features + self.rows) * TILE_INNER * 2
    }

    fn kernel(&self, dtype: DType) -> &'static str {
        if dtype == DType::F16 { self.f16 } else { self.bf16 }
    }
}

const _: () = assert!(SHAPE_128.shared_bytes() <= 99 << 10 && SHAPE_64.shared_bytes() <= 99 << 10);

/// The large tile has twice the arithmetic for each byte, but is for products that have one for each multiprocessor.
fn shape(product: &Product) -> &'static Shape {
    match product.max_rows {
        0..=16 => &SHAPE_16,
        17..=32 => &SHAPE_32,
        33..=64 => &SHAPE_64,
        _ if SHAPE_128.tiles(product) < product.multiprocessors => &SHAPE_64,
        _ => &SHAPE_128,
    }
}

/// Blocks that share a tile's sums, so that there are about as many blocks as the device runs at once.
fn parts(product: &Product, shape: &Shape) -> u32 {
    if product.deterministic || shape.rows > SHAPE_64.rows {
        return 1;
    }
    let room = product.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / shape.tiles(product);
    let tiles = product.inner / TILE_INNER;
    let parts = room.min(tiles / LEAST_PART_TILES).clamp(1, MOST_PARTS);
    // Parts are whole tiles: fewer parts may do.
    tiles.div_ceil(tiles.div_ceil(parts))
}

fn workspace_stride(product: &Product) -> u32 {
    Tensor::stride_of(product.features)
}

pub fn workspace_bytes(product: &Product) -> u64 {
    match parts(product, shape(product)) {
        1 => 0,
        parts => u64::from(parts) * u64::from(product.max_rows) * u64::from(workspace_stride(product)) * 4,
    }
}

/// The product on the tensor cores, and where sums are cut between blocks the launch that adds them up.
pub fn launches(product: &Product, params: LinearParams, workspace: u64) -> Vec<Launch> {
    let shape = shape(product);
    let parts = parts(product, shape);
    let params = LinearParams {
        parts,
        workspace: if parts == 1 { 0 } else { workspace },
        workspace_rows: product.max_rows,
        workspace_stride: workspace_stride(product),
        ..params
    };
    let row_tiles = product.max_rows.div_ceil(shape.rows);
    let group = row_tiles.min(GROUP_ROW_TILES);
    let multiply = Launch {
        kernel: shape.kernel(product.dtype),
        grid: [group, product.features.div_ceil(shape.features), row_tiles.div_ceil(group) * parts],
        block: [shape.threads, 1, 1],
        shared_bytes: shape.shared_bytes(),
        params: Params::new(&params),
    };
    if parts == 1 {
        return vec![multiply];
    }
    let combine = Launch {
        kernel: "linear_combine",
        grid: [params.written.div_ceil(COMBINE_THREADS), product.max_rows, 1],
        block: [COMBINE_THREADS, 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    };
    vec![multiply, combine]
}
