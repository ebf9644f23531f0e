use conduit_backend::DType;

use super::reference;
use super::scenario::{Placed, RANGE_OFFSET, Scenario};
use crate::attention::{Attention, launches, workspace_bytes};
use crate::test_support::{Device, assert_close, tolerance};
use crate::{Geometry, StepHeader, Tensor};

/// How a scenario is run.
#[derive(Clone, Copy)]
pub struct Setting {
    pub output: DType,
    pub deterministic: bool,
    /// Tokens of the bucket beyond those of the step.
    pub spare_tokens: usize,
}

impl Setting {
    pub const fn new(output: DType) -> Self {
        Self { output, deterministic: false, spare_tokens: 3 }
    }
}

pub struct Outcome {
    device: Device,
    output: Tensor,
}

impl Outcome {
    pub fn row(&self, token: usize) -> Vec<f32> {
        self.device.row(self.output, token)
    }
}

/// Runs one step with everything that is not written poisoned.
pub fn run(scenario: &Scenario, setting: Setting) -> Outcome {
    let tokens = scenario.tokens();
    let mut device = Device::new(tokens as u32, (tokens + setting.spare_tokens) as u32, 0, 0);
    let placed = place(scenario, &mut device);
    let geometry = Geometry { deterministic: setting.deterministic, ..device.geometry() };
    let output = device.output((scenario.spec.heads * scenario.spec.head_dim) as u32, setting.output);
    let attention = Attention {
        spec: &scenario.spec,
        layout: &scenario.layout,
        cache: placed.cache,
        queries: placed.queries,
        output,
    };
    let workspace = device.allocate(workspace_bytes(&geometry, &scenario.spec) as usize);
    for launch in launches(&geometry, &placed.step, &attention, workspace) {
        device.run(&launch);
    }
    Outcome { device, output }
}

fn place(scenario: &Scenario, device: &mut Device) -> Placed {
    let (entries, tables) = scenario.tables();
    let sequences = scenario.chunks.iter().enumerate();
    let token_sequences: Vec<u32> =
        sequences.flat_map(|(index, chunk)| std::iter::repeat_n(index as u32, chunk.tokens)).collect();
    let header = StepHeader {
        tokens: scenario.tokens() as u32,
        sequences: entries.len() as u32,
        ..StepHeader::default()
    };
    device.set_step(|step, device| {
        step.header = device.upload(&[header]);
        step.token_sequences = device.upload(&token_sequences);
        step.sequences = device.upload(&entries);
        step.block_tables = device.upload(&tables);
    });
    let cache = device.upload(&scenario.cache_bytes()).wrapping_sub(RANGE_OFFSET);
    let features = (scenario.spec.heads * scenario.spec.head_dim) as u32;
    let queries = device.tensor(&scenario.queries, features, DType::F32);
    Placed { step: device.step(), cache, queries }
}

/// Runs a scenario and compares every token with the reference.
#[track_caller]
pub fn check(scenario: &Scenario, setting: Setting) {
    let what = format!("{:?}, {:?}", scenario.spec, scenario.layout.dtype);
    let outcome = run(scenario, setting);
    let mut row = 0;
    for (sequence, chunk) in scenario.chunks.iter().enumerate() {
        for token in 0..chunk.tokens {
            let expected = reference::attention(scenario, sequence, token);
            let what = format!("{what}, token {token} of {chunk:?}");
            let tolerance = tolerance(setting.output) + kernel_tolerance(scenario, setting, chunk.tokens);
            assert_close(&outcome.row(row), &expected, tolerance, &what);
            row += 1;
        }
    }
    outcome.device.assert_padding_is_zero(outcome.output, row, &what);
    outcome.device.assert_untouched_from(outcome.output, row, &what);
}

/// The tensor cores take weights in the type of the values: half a unit in the last place of each.
fn kernel_tolerance(scenario: &Scenario, setting: Setting, tokens: usize) -> f64 {
    match scenario.kv_dtype() {
        DType::BF16 if tokens >= 8 && !setting.deterministic => 2e-3,
        DType::F16 if tokens >= 8 && !setting.deterministic => 3e-4,
        _ => 1e-5,
    }
}
