use conduit_backend::DType;

use crate::test_support::{DTYPES, Device};
use crate::{Geometry, Launch, RowCount, Tensor, linear};

/// Multiprocessors of an L4, an RTX 3090, an A100, an H100 and an RTX PRO 6000.
const DEVICES: [u32; 5] = [58, 82, 108, 132, 188];

/// Input and output features: the smallest and the largest layers of models from 0.1 to 70 billion parameters.
const LAYERS: [(u32, u32); 6] =
    [(576, 192), (1024, 4096), (3072, 1024), (4096, 128_256), (1024, 151_936), (28_672, 8192)];

const ROWS: [u32; 12] = [1, 2, 4, 8, 9, 16, 32, 64, 65, 512, 2048, 8192];

fn choose(
    dtype: DType,
    layer: (u32, u32),
    max_tokens: u32,
    multiprocessors: u32,
    deterministic: bool,
) -> (Vec<Launch>, u64) {
    let device = Device::new(1, max_tokens, 0, 1);
    let geometry = Geometry { multiprocessors, deterministic, ..device.geometry() };
    let (input, weight) = (Tensor::new(256, dtype, layer.0), Tensor::new(512, dtype, layer.0));
    let output = Tensor::new(768, DType::F32, layer.1);
    let rows = RowCount::Tokens;
    let launches = linear::launches(&geometry, &device.step(), input, weight, None, output, rows, 1024);
    (launches, linear::workspace_bytes(&geometry, weight, layer.1, rows))
}

#[test]
fn every_choice_is_one_that_a_device_can_run() {
    for (dtype, multiprocessors) in DTYPES.into_iter().flat_map(|dtype| DEVICES.map(|count| (dtype, count))) {
        for (layer, rows) in LAYERS.into_iter().flat_map(|layer| ROWS.map(|rows| (layer, rows))) {
            let what = format!("{dtype:?} {layer:?} {rows} rows on {multiprocessors} multiprocessors");
            let (launches, workspace_bytes) = choose(dtype, layer, rows, multiprocessors, false);
            for launch in &launches {
                let [_, y, z] = launch.grid;
                assert!(
                    launch.grid.iter().all(|blocks| *blocks > 0) && y.max(z) <= 65_535,
                    "{what}: {launch:?}"
                );
                assert!(launch.shared_bytes <= 99 << 10, "{what}: {launch:?}");
            }
            assert_eq!(launches.len() > 1, workspace_bytes > 0, "{what}");
            assert!(workspace_bytes <= 16 << 20, "{what}: {workspace_bytes} bytes");

            let (launches, workspace_bytes) = choose(dtype, layer, rows, multiprocessors, true);
            assert_eq!((launches.len(), workspace_bytes), (1, 0), "{what}: sums are in one piece");
        }
    }
}

/// One token through a layer of a small model: no device is large enough to leave multiprocessors idle.
#[test]
fn a_single_row_has_blocks_for_every_multiprocessor() {
    for multiprocessors in DEVICES {
        let (launches, _) = choose(DType::BF16, (3072, 1024), 1, multiprocessors, false);
        assert!(launches[0].grid[0] >= multiprocessors, "{launches:?}");
        let (launches, _) = choose(DType::BF16, (3072, 1024), 16, multiprocessors, false);
        assert!(launches[0].grid.iter().product::<u32>() >= multiprocessors / 2, "{launches:?}");
    }
}
