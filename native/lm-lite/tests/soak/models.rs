//! Three models that have nothing in common but their memory.

use std::path::Path;

use conduit_testkit::model::{Family, Thinking, TinyModel};

use crate::common::{Server, Start, edit_json};

/// Longest sequence of each model.
pub const MAX_MODEL_LEN: usize = 768;
/// Running requests of each model.
pub const CONCURRENCY: usize = 24;

/// A template that knows calls of functions.
const CALLS: &str = include_str!("../../../goldens/templates/qwen2.5/template.jinja");

/// What requests call the models. Only the first one can call functions, and only the second one reasons.
pub const NAMES: [&str; 3] = ["amber", "birch", "cedar"];

/// A page of 16 tokens takes 256, 384 and 512 KiB: an extent of 32 MiB holds some hundred of them, so that few extents are
/// soon too few, and each one carries other pages once it has changed hands.
fn shapes() -> [TinyModel; 3] {
    let shape = |family, layers, kv_heads, head_dim, merges| TinyModel {
        layers,
        heads: kv_heads,
        kv_heads,
        head_dim,
        merges,
        ..TinyModel::small(family)
    };
    [
        shape(Family::Qwen3, 4, 8, 128, 200),
        TinyModel { thinking: Thinking::Optional, ..shape(Family::Llama, 6, 4, 256, 320) },
        TinyModel { tied_head: false, heads: 16, ..shape(Family::Qwen2, 8, 8, 128, 90) },
    ]
}

pub fn write(root: &Path) {
    for (seed, (name, shape)) in (1..).zip(NAMES.into_iter().zip(shapes())) {
        TinyModel { seed, ..shape }.write(&root.join(name)).unwrap();
    }
    edit_json(&root.join(NAMES[0]).join("tokenizer_config.json"), |config| {
        config["chat_template"] = CALLS.into();
    });
}

/// Where the models are computed, as `--device` says it.
fn device() -> String {
    std::env::var("CONDUIT_SOAK_DEVICE").unwrap_or_else(|_| "cpu".to_owned())
}

/// A server of all three with this much memory for their caches.
pub fn start(root: &Path, extents: usize, threads: usize) -> Server {
    let device = device();
    // On the CPU the weights that lie in copies take less than an extent; a GPU keeps all of them, in one.
    let memory = format!("{}MiB", extents * 32 + if device == "cpu" { 16 } else { 32 });
    let [concurrency, max_model_len, threads] =
        [CONCURRENCY, MAX_MODEL_LEN, threads].map(|number| number.to_string());
    let mut arguments = vec!["--max-model-len", &max_model_len, "--max-model-concurrency", &concurrency];
    arguments.extend(["--device", &device, "--deterministic"]);
    let models = NAMES.map(|name| format!("{}={name}", root.join(name).display()));
    models.iter().for_each(|model| arguments.extend(["--model", model]));
    // What is refused and given up is expected here, and logged by the thousand.
    Start::with(&threads, &memory).args(&arguments).env("RUST_LOG", "off").start()
}
