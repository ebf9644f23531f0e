use std::sync::Arc;

use crate::recording::{HeadNorm, Layer, Operation, Recording, RecordingBackend, Region, Rows};
use crate::{
    Activation, AttentionSpec, BackendError, Bucket, Experts, GatedActivation, Model, Ops, QueryKeyNorm,
    Result, RotarySpec, StepLimits,
};

/// Records a forward pass of a model.
///
/// # Errors
/// `InvalidInput` tells of the first call that does not fit.
pub fn record<B: RecordingBackend>(
    backend: &B,
    model: &dyn Model<B>,
    bucket: Bucket,
) -> Result<Recording<B>> {
    let kv_groups = model.kv_groups().to_vec();
    let mut recorder = Recorder::new(
        backend,
        StepLimits { bucket, kv_groups, vocab_size: model.vocab_size(), hidden_size: 0, has_logits: false },
    );
    model.record(&mut recorder);
    recorder.finish()
}

/// Turns the calls of a model into a [`Recording`]. The first call that does not fit makes the recording fail.
struct Recorder<'a, B: RecordingBackend> {
    backend: &'a B,
    limits: StepLimits,
    operations: Vec<Operation<B>>,
    regions: Vec<Region>,
    rotary_tables: Vec<RotaryTable<B>>,
    has_logits: bool,
    error: Option<BackendError>,
}

/// A table of this recording, to be used by every layer that rotates by the same angles.
struct RotaryTable<B: RecordingBackend> {
    inverse_frequencies: B::Vector,
    factor: f32,
    region: Region,
}

impl<'a, B: RecordingBackend> Recorder<'a, B> {
    fn new(backend: &'a B, limits: StepLimits) -> Self {
        Self {
            backend,
            limits,
            operations: Vec::new(),
            regions: Vec::new(),
            rotary_tables: Vec::new(),
            has_logits: false,
            error: None,
        }
    }

    fn finish(mut self) -> Result<Recording<B>> {
        if !self.has_logits && self.limits.hidden_size == 0 {
            self.fail("the recording ends neither in logits nor in hidden states");
        }
        self.limits.has_logits = self.has_logits;
        if let Some(error) = self.error {
            return Err(error);
        }
        Ok(Recording { limits: self.limits, operations: self.operations, regions: self.regions })
    }

    fn fail(&mut self, what: impl Into<String>) {
        let error = BackendError::InvalidInput(format!("recording: {}", what.into()));
        self.error.get_or_insert(error);
    }

    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fail(what());
        }
    }

    /// The region of a handle; where the handle is not of this recording, the recording fails.
    fn region(&mut self, activation: Activation) -> Region {
        match self.regions.get(activation.id) {
            Some(region) if region.features == activation.features => *region,
            _ => {
                self.fail(format!("{activation:?} is not of this recording"));
                Region { id: 0, features: activation.features, rows: Rows::Tokens }
            }
        }
    }

    fn new_region(&mut self, features: usize, rows: Rows) -> Region {
        let region = Region { id: self.regions.len(), features, rows };
        self.regions.push(region);
        region
    }

    fn push(&mut self, operation: Operation<B>) {
        let after_end = self.has_logits;
        self.check(!after_end, || "an operation after the logits".into());
        self.operations.push(operation);
    }

    fn rotary_table(&mut self, rotary: &RotarySpec<'_, B>) -> Region {
        let known = self.rotary_tables.iter().find(|table| {
            self.backend.is_same_vector(&table.inverse_frequencies, rotary.inverse_frequencies)
                && table.factor == rotary.attention_factor
        });
        if let Some(table) = known {
            return table.region;
        }
        let inverse_frequencies = rotary.inverse_frequencies.clone();
        let factor = rotary.attention_factor;
        let region = self.new_region(2 * self.backend.vector_len(&inverse_frequencies), Rows::Tokens);
        self.rotary_tables.push(RotaryTable {
            inverse_frequencies: inverse_frequencies.clone(),
            factor,
            region,
        });
        self.push(Operation::RotaryTable { inverse_frequencies, factor, output: region });
        region
    }

    /// The layer of an attention operation; where its cache does not fit, the recording fails.
    fn layer(&mut self, spec: &AttentionSpec) -> Option<Layer> {
        let Some(layout) = self.limits.kv_groups.get(spec.group).copied() else {
            self.fail(format!("KV group {} of {}", spec.group, self.limits.kv_groups.len()));
            return None;
        };
        let fits = layout.kv_heads == spec.kv_heads
            && layout.head_dim == spec.head_dim
            && spec.layer < layout.layers
            && spec.kv_heads > 0
            && spec.head_dim > 0
            && spec.heads > 0
            && spec.heads.is_multiple_of(spec.kv_heads)
            && spec.heads / spec.kv_heads <= B::MAX_QUERY_GROUP
            && layout.window.is_none_or(|kept| spec.window.is_some_and(|window| window <= kept))
            && spec.window != Some(0);
        self.check(fits, || format!("{spec:?} does not fit {layout:?}"));
        Some(Layer { spec: *spec, layout })
    }

    fn check_vector(&mut self, vector: &B::Vector, features: usize) {
        let length = self.backend.vector_len(vector);
        self.check(length == features, || format!("a vector of {length} for {features} features"));
    }

    fn check_same(&mut self, a: Region, b: Region) {
        let fits = a.features == b.features && a.rows == b.rows && a.id != b.id;
        self.check(fits, || format!("{a:?} with {b:?}"));
    }
}

impl<B: RecordingBackend> Ops<B> for Recorder<'_, B> {
    fn embed(&mut self, table: &B::Linear, scale: f32) -> Activation {
        let shape = self.backend.linear_shape(table);
        let vocab_size = self.limits.vocab_size;
        self.check(shape.out_features >= vocab_size, || {
            format!("an embedding of {} tokens for a vocabulary of {vocab_size}", shape.out_features)
        });
        self.check(scale.is_finite(), || format!("embeddings times {scale}"));
        let output = self.new_region(shape.in_features, Rows::Tokens);
        self.push(Operation::Embed { table: table.clone(), scale, output });
        output.activation()
    }

    fn norm(&mut self, x: Activation, weight: &B::Vector, epsilon: f32) -> Activation {
        let x = self.region(x);
        self.check_vector(weight, x.features);
        let output = self.new_region(x.features, x.rows);
        self.push(Operation::Norm { x, weight: weight.clone(), epsilon, output });
        output.activation()
    }

    fn add_norm(
        &mut self,
        residual: Activation,
        delta: Activation,
        weight: &B::Vector,
        epsilon: f32,
    ) -> Activation {
        let (residual, delta) = (self.region(residual), self.region(delta));
        self.check_same(residual, delta);
        self.check_vector(weight, residual.features);
        let output = self.new_region(residual.features, residual.rows);
        self.push(Operation::AddNorm { residual, delta, weight: weight.clone(), epsilon, output });
        output.activation()
    }

    fn add(&mut self, residual: Activation, delta: Activation) {
        let (residual, delta) = (self.region(residual), self.region(delta));
        self.check_same(residual, delta);
        self.push(Operation::Add { residual, delta });
    }

    fn linear(&mut self, x: Activation, weight: &B::Linear) -> Activation {
        let x = self.region(x);
        let shape = self.backend.linear_shape(weight);
        self.check(shape.in_features == x.features, || format!("{shape:?} for {x:?}"));
        let output = self.new_region(shape.out_features, x.rows);
        self.push(Operation::Linear { x, weight: weight.clone(), output });
        output.activation()
    }

    fn rotate_and_cache(
        &mut self,
        qkv: Activation,
        norm: Option<QueryKeyNorm<'_, B>>,
        rotary: &RotarySpec<'_, B>,
        attention: &AttentionSpec,
    ) -> Activation {
        let qkv = self.region(qkv);
        let AttentionSpec { heads, kv_heads, head_dim, .. } = *attention;
        let fits = qkv.features == (heads + 2 * kv_heads) * head_dim
            && qkv.rows == Rows::Tokens
            && 2 * self.backend.vector_len(rotary.inverse_frequencies) <= head_dim;
        self.check(fits, || format!("{qkv:?} for {attention:?}"));
        if let Some(norm) = &norm {
            self.check_vector(norm.query, head_dim);
            self.check_vector(norm.key, head_dim);
        }
        let norm = norm.map(|norm| HeadNorm {
            query: norm.query.clone(),
            key: norm.key.clone(),
            epsilon: norm.epsilon,
        });
        let table = self.rotary_table(rotary);
        let queries = self.new_region(heads * head_dim, Rows::Tokens);
        if let Some(layer) = self.layer(attention) {
            let style = rotary.style;
            self.push(Operation::RotateAndCache { qkv, norm, table, style, layer, queries });
        }
        queries.activation()
    }

    fn attention(&mut self, queries: Activation, attention: &AttentionSpec) -> Activation {
        let queries = self.region(queries);
        let fits = queries.features == attention.heads * attention.head_dim && queries.rows == Rows::Tokens;
        self.check(fits, || format!("{queries:?} for {attention:?}"));
        let output = self.new_region(queries.features, Rows::Tokens);
        if let Some(layer) = self.layer(attention) {
            self.push(Operation::Attention { queries, layer, output });
        }
        output.activation()
    }

    fn gated(&mut self, gate_up: Activation, activation: GatedActivation) -> Activation {
        let gate_up = self.region(gate_up);
        self.check(gate_up.features.is_multiple_of(2), || format!("{gate_up:?} has no two halves"));
        let output = self.new_region(gate_up.features / 2, gate_up.rows);
        self.push(Operation::Gated { gate_up, activation, output });
        output.activation()
    }

    fn experts(&mut self, x: Activation, scores: Activation, experts: &Arc<Experts<B>>) -> Activation {
        let (x, scores) = (self.region(x), self.region(scores));
        let count = experts.experts.len();
        let fits = scores.features == count && scores.rows == x.rows && scores.id != x.id;
        self.check(fits, || format!("{scores:?} for {count} experts of {x:?}"));
        let fits = experts.fit(self.backend, x.features);
        self.check(fits, || format!("{} of {count} experts, not all as wide as {x:?}", experts.chosen));
        let output = self.new_region(x.features, x.rows);
        self.push(Operation::Experts { x, scores, experts: Arc::clone(experts), output });
        output.activation()
    }

    fn gather_rows(&mut self, x: Activation) -> Activation {
        let x = self.region(x);
        self.check(x.rows == Rows::Tokens, || format!("{x:?} is gathered already"));
        let output = self.new_region(x.features, Rows::LogitTokens);
        self.push(Operation::GatherRows { x, output });
        output.activation()
    }

    fn hidden(&mut self, x: Activation, weight: &B::Vector, epsilon: f32) {
        let x = self.region(x);
        self.check_vector(weight, x.features);
        self.check(x.rows == Rows::Tokens, || format!("{x:?} is gathered already"));
        let is_first = self.limits.hidden_size == 0;
        self.check(is_first, || "hidden states are asked for twice".into());
        self.limits.hidden_size = x.features;
        let rows = self.new_region(x.features, Rows::HiddenTokens);
        self.push(Operation::GatherRows { x, output: rows });
        self.push(Operation::Hidden { x: rows, weight: weight.clone(), epsilon });
    }

    fn logits(&mut self, x: Activation, head: &B::Linear, soft_cap: Option<f32>) {
        let x = self.region(x);
        let shape = self.backend.linear_shape(head);
        let vocab_size = self.limits.vocab_size;
        let fits = shape.in_features == x.features && shape.out_features == vocab_size;
        self.check(fits, || format!("{shape:?} for {x:?} and a vocabulary of {vocab_size}"));
        self.check(x.rows == Rows::LogitTokens, || format!("logits of {x:?}, which is not gathered"));
        let is_cap = soft_cap.is_none_or(|cap| cap.is_finite() && cap > 0.0);
        self.check(is_cap, || format!("logits with a soft cap of {soft_cap:?}"));
        self.push(Operation::Logits { x, head: head.clone(), soft_cap });
        self.has_logits = true;
    }
}
