use anyhow::Result;
use conduit_backend::{AttentionSpec, BLOCK_TOKENS, DType, KV_ADDRESS_UNIT, KvDType, KvLayout};
use conduit_cuda_kernels::attention::{self, Attention};
use conduit_cuda_kernels::{MAX_KV_GROUPS, StepAddresses, Tensor};

use super::time;
use crate::device::{Device, geometry};
use crate::machine::Machine;
use crate::report::Report;
use crate::stages::Context;

const HEADS: usize = 32;
const KV_HEADS: usize = 8;
const HEAD_DIM: usize = 128;
const LAYERS: usize = 4;

/// Sequences with one token each, and their context.
const SHAPES: [(usize, usize); 6] = [(1, 1024), (1, 8192), (1, 32_768), (8, 4096), (32, 1024), (64, 2048)];

pub fn run<M: Machine>(
    context: &Context<M>,
    device: &Device<M::Driver>,
    copied: f64,
    report: &mut Report,
) -> Result<()> {
    let is_timed = context.machine.is_gpu();
    let shapes = if is_timed { &SHAPES[..] } else { &[(2, 100)][..] };
    for (sequences, context_len) in shapes {
        let seconds = decode(device, *sequences, *context_len, is_timed)?;
        let bytes = sequences * context_len * KV_HEADS * HEAD_DIM * 2 * 2;
        let name = format!("attention of {sequences} tokens over {context_len}");
        report.number(&name, seconds * 1e6, "us");
        report.number(format!("{name}: memory"), bytes as f64 / seconds / 1e9, "GB/s");
        report.number(format!("{name}: of the copy"), bytes as f64 / seconds / copied, "x");
    }
    Ok(())
}

/// Seconds of one layer.
fn decode<D: conduit_backend_cuda::driver::Driver>(
    device: &Device<D>,
    sequences: usize,
    context_len: usize,
    is_timed: bool,
) -> Result<f64> {
    let layout = KvLayout {
        layers: LAYERS,
        kv_heads: KV_HEADS,
        head_dim: HEAD_DIM,
        dtype: KvDType::BF16,
        window: None,
    };
    let blocks = context_len.div_ceil(BLOCK_TOKENS);
    let block_bytes = layout.block_bytes();
    let cache_bytes = (sequences * blocks * block_bytes) as u64;
    // All zeros are numbers, which whatever lies there may not be.
    let cache = device.upload(&vec![0; cache_bytes as usize])?;
    let words = |values: Vec<u32>| values.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
    let units = (block_bytes / KV_ADDRESS_UNIT) as u32;
    let tables = words((0..(sequences * blocks) as u32).map(|block| block * units).collect());
    let entries = (0..sequences as u32).flat_map(|index| {
        let mut entry = vec![index, 1, context_len as u32, 0];
        entry.extend([index * blocks as u32; MAX_KV_GROUPS]);
        entry
    });
    let step = StepAddresses {
        header: device.upload(&words(vec![sequences as u32, sequences as u32, sequences as u32, 0]))?,
        tokens: 0,
        positions: device.upload(&words(vec![context_len as u32 - 1; sequences]))?,
        token_sequences: device.upload(&words((0..sequences as u32).collect()))?,
        sequences: device.upload(&words(entries.collect()))?,
        block_tables: device.upload(&tables)?,
        logit_tokens: 0,
        hidden_tokens: 0,
    };
    let geometry = geometry(device.driver.facts(), sequences as u32);
    let features = (HEADS * HEAD_DIM) as u32;
    let queries =
        Tensor::new(device.upload(&vec![0; sequences * HEADS * HEAD_DIM * 4])?, DType::F32, features);
    let output =
        Tensor::new(device.allocate((sequences * HEADS * HEAD_DIM * 2) as u64)?, DType::BF16, features);
    let spec = |layer| AttentionSpec {
        group: 0,
        layer,
        heads: HEADS,
        kv_heads: KV_HEADS,
        head_dim: HEAD_DIM,
        scale: (HEAD_DIM as f32).powf(-0.5),
        window: None,
        soft_cap: None,
    };
    let workspace = device.allocate(attention::workspace_bytes(&geometry, &spec(0)).max(1))?;
    let sets: Vec<_> = (0..LAYERS)
        .map(|layer| {
            let attention = Attention { spec: &spec(layer), layout: &layout, cache, queries, output };
            attention::launches(&geometry, &step, &attention, workspace)
        })
        .collect();
    // SAFETY: everything that the launches use was allocated here.
    unsafe { time(device, &sets, is_timed) }
}
