use conduit_backend::{Expert, Experts};

use super::linear::{self, Product, forms};
use super::routing::Routing;
use super::rowwise;
use crate::CpuBackend;
use crate::kernels::Kernels;
use crate::weights::Linear;

/// Numbers of f32 that sending so many rows through experts takes, beside its output.
pub(crate) fn scratch_elements(experts: &Experts<CpuBackend>, rows: usize) -> usize {
    let widths = Widths::of(experts);
    rows.saturating_mul(experts.chosen).saturating_mul(widths.features + 3 * widths.inner)
}

/// Bytes that the input of the experts takes in the forms that their kernels want, however the rows are spread over them.
pub(crate) fn packed_bytes(kernels: &Kernels, experts: &Experts<CpuBackend>, rows: usize) -> usize {
    let bytes = |layer: fn(&Expert<CpuBackend>) -> &Linear| {
        let (mut smallest, mut group_bytes) = (usize::MAX, 0);
        for layer in experts.experts.iter().map(layer) {
            let forms = forms(kernels, layer);
            smallest = forms.iter().map(|packed| packed.form.group).fold(smallest, usize::min);
            let bytes = forms.iter().map(|packed| (packed.form.group_bytes)(packed.shape)).sum();
            group_bytes = group_bytes.max(bytes);
        }
        // Each expert has a last group that is not full.
        let places = rows.saturating_mul(experts.chosen);
        let groups = (places / smallest).saturating_add(places.min(experts.experts.len()));
        groups.saturating_mul(group_bytes)
    };
    bytes(gate_up).max(bytes(down))
}

/// What the experts that `scores` choose for each row give, added up.
///
/// Each expert's weights are read once, for all rows that go through it. The experts' blocks are shared out together: those of one
/// row keep all threads busy.
///
/// # Safety
/// The CPU has the instruction set of `kernels`; `x` and `output` are `[rows, features]`, `scores` `[rows, experts]`; `scratch` holds
/// [`scratch_elements`], and `packed` [`packed_bytes`] from the start of a cache line, both used by no one else.
pub(crate) unsafe fn experts(
    kernels: &Kernels,
    experts: &Experts<CpuBackend>,
    x: &[f32],
    scores: &[f32],
    (scratch, packed): (&mut [f32], &mut [u8]),
    output: &mut [f32],
) {
    let Widths { features, inner } = Widths::of(experts);
    let routing = Routing::new(scores, experts.experts.len(), experts.chosen, experts.normalized);
    let places = routing.rows.len();
    let (wide, rest) = scratch.split_at_mut(places * features);
    let (gate_ups, rest) = rest.split_at_mut(places * 2 * inner);
    let gated = &mut rest[..places * inner];
    routing.spread(x, wide, features);
    // SAFETY: as the caller's.
    unsafe {
        linear::products(kernels, &mut products(experts, &routing, gate_up, wide, gate_ups), packed);
        rowwise::gated(kernels, gate_ups, experts.activation, gated, inner);
        // What was spread is not needed any more.
        linear::products(kernels, &mut products(experts, &routing, down, gated, wide), packed);
    }
    routing.combine(wide, output, features);
}

/// Features of the rows, and of those between an expert's two layers.
struct Widths {
    features: usize,
    inner: usize,
}

impl Widths {
    fn of(experts: &Experts<CpuBackend>) -> Self {
        let [features, inner] = experts
            .experts
            .first()
            .map_or([0, 0], |first| [gate_up(first), down(first)].map(|layer| layer.shape.in_features));
        Self { features, inner }
    }
}

fn gate_up(expert: &Expert<CpuBackend>) -> &Linear {
    &expert.gate_up.0
}

fn down(expert: &Expert<CpuBackend>) -> &Linear {
    &expert.down.0
}

/// One layer of each expert that has rows. `x` and `output` have a row for each place.
fn products<'a>(
    experts: &'a Experts<CpuBackend>,
    routing: &Routing,
    layer: fn(&Expert<CpuBackend>) -> &Linear,
    x: &'a [f32],
    output: &'a mut [f32],
) -> Vec<Product<'a>> {
    let (mut x, mut output) = (x, output);
    let mut products = Vec::with_capacity(experts.experts.len().min(routing.rows.len()));
    for (expert, ends) in experts.experts.iter().zip(routing.starts.windows(2)) {
        let rows = ends[1] - ends[0];
        if rows == 0 {
            continue;
        }
        let weight = layer(expert);
        let (its_x, rest) = x.split_at(rows * weight.shape.in_features);
        x = rest;
        let (its_output, rest) = output.split_at_mut(rows * weight.shape.out_features);
        output = rest;
        products.push(Product { weight, x: its_x, output: its_output });
    }
    products
}
