use std::sync::Arc;

use bytes::Bytes;
use conduit_backend::{
    AttentionSpec, Backend, BackendError, Bucket, DType, Expert, Experts, GatedActivation, KvDType, KvLayout,
    Ops, Quantization, RawLinear, RawPart, RawTensor, RawWeight, RotarySpec, RotaryStyle, Shard,
};
use conduit_backend_cuda::driver::host::HostOptions;

use crate::scripted::{Cuda, HIDDEN, Scripted, linear};
use crate::tiny::{BUCKET, cuda};

const VOCAB: usize = 8;

fn layout(head_dim: usize) -> KvLayout {
    KvLayout { layers: 1, kv_heads: 1, head_dim, dtype: KvDType::F32, window: None }
}

fn refusal(
    backend: &Cuda,
    groups: Vec<KvLayout>,
    bucket: Bucket,
    script: impl Fn(&mut dyn Ops<Cuda>) + Send + Sync,
) -> BackendError {
    backend.record(&Scripted { groups, vocab_size: VOCAB, script }, bucket).err().expect("a refusal")
}

#[track_caller]
fn assert_unsupported(error: &BackendError, what: &str) {
    assert!(error.code() == "unsupported" && error.to_string().contains(what), "{error}");
}

#[test]
fn weights_are_not_quantised() {
    let backend = cuda(&HostOptions::default());
    let data = Bytes::from(vec![0; HIDDEN * HIDDEN * 4]);
    let tensor = RawTensor { name: "w".into(), dtype: DType::F32, shape: vec![HIDDEN, HIDDEN], data };
    let weight = RawWeight::Quantize { tensor, to: Quantization::Int8 };
    let parts = vec![RawPart { weight, bias: None }];
    let error = backend.linear(RawLinear { parts }, Shard::WHOLE).err().expect("a refusal");
    assert_unsupported(
        &error,
        "quantization = int8 on CUDA; leave it out, or serve the model with --device cpu",
    );
}

#[test]
fn what_there_are_no_kernels_for_is_refused_when_it_is_recorded() {
    let backend = cuda(&HostOptions::default());
    let (table, narrow) = (linear(&backend, DType::F32, VOCAB), linear(&backend, DType::BF16, HIDDEN));
    let frequencies = backend.vector(&[1.0]).unwrap();
    let plain = |ops: &mut dyn Ops<Cuda>| {
        let x = ops.embed(&table, 1.0);
        let rows = ops.gather_rows(x);
        ops.logits(rows, &table, None);
    };

    let error = refusal(&backend, vec![], BUCKET, |ops| {
        let x = ops.embed(&table, 1.0);
        let x = ops.linear(x, &narrow);
        let rows = ops.gather_rows(x);
        ops.logits(rows, &table, None);
    });
    assert_unsupported(&error, "reads as bf16 what is written as f32");

    let norm = backend.vector(&[1.0; HIDDEN]).unwrap();
    let error = refusal(&backend, vec![], BUCKET, |ops| {
        let x = ops.embed(&table, 1.0);
        let x = ops.norm(x, &norm, 1e-6);
        ops.linear(x, &narrow);
        let rows = ops.gather_rows(x);
        ops.logits(rows, &table, None);
    });
    assert_unsupported(&error, "read both as bf16 and as f32");

    assert_unsupported(&refusal(&backend, vec![layout(8); 5], BUCKET, plain), "5 KV groups");
    for dtype in [KvDType::F8E4M3, KvDType::Int8] {
        let error = refusal(&backend, vec![KvLayout { dtype, ..layout(8) }], BUCKET, plain);
        assert_unsupported(&error, &format!("kv_dtype = {dtype} on CUDA"));
    }
    let rows = Bucket { max_tokens: 4, max_rows: (1 << 16) + 1 };
    assert_unsupported(&refusal(&backend, vec![], rows, plain), "65537 rows");

    let head_dim = HIDDEN / 3;
    let error = refusal(&backend, vec![layout(head_dim)], BUCKET, |ops| {
        let spec = AttentionSpec {
            group: 0,
            layer: 0,
            heads: 1,
            kv_heads: 1,
            head_dim,
            scale: 1.0,
            window: None,
            soft_cap: None,
        };
        let rotary = RotarySpec {
            inverse_frequencies: &frequencies,
            attention_factor: 1.0,
            style: RotaryStyle::RotateHalf,
        };
        let x = ops.embed(&table, 1.0);
        let queries = ops.rotate_and_cache(x, None, &rotary, &spec);
        ops.attention(queries, &spec);
        let rows = ops.gather_rows(x);
        ops.logits(rows, &table, None);
    });
    assert_unsupported(&error, "heads of 12");

    assert_unsupported(&backend.check_experts().unwrap_err(), "a mixture of experts on CUDA");
    let expert = Expert {
        gate_up: linear(&backend, DType::F32, 2 * HIDDEN),
        down: linear(&backend, DType::F32, HIDDEN),
    };
    let experts = vec![expert];
    let experts =
        Arc::new(Experts { experts, chosen: 1, normalized: true, activation: GatedActivation::Silu });
    let router = linear(&backend, DType::F32, 1);
    let error = refusal(&backend, vec![], BUCKET, |ops| {
        let x = ops.embed(&table, 1.0);
        let scores = ops.linear(x, &router);
        let x = ops.experts(x, scores, &experts);
        let rows = ops.gather_rows(x);
        ops.logits(rows, &table, None);
    });
    assert_unsupported(&error, "a mixture of experts on CUDA");
    backend.record(&Scripted { groups: vec![], vocab_size: VOCAB, script: plain }, BUCKET).unwrap();
}
