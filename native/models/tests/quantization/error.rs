//! How far quantisation takes a model from itself, beside llama.cpp's formats of as many bits.
//!
//! `CONDUIT_QUANTIZATION_MODEL` (a folder with one file of weights), `CONDUIT_QUANTIZATION_TEXT` (a file) and
//! `CONDUIT_QUANTIZATION_POSITIONS` make it a measurement of a real model: `cargo test --release -p conduit-models --test
//! quantization divergence -- --nocapture`. Copies of the weights in f32 lie in the temporary folder meanwhile, one at a time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use conduit_backend::{
    Backend, Bucket, DType, Quantization, RawLinear, RawPart, RawTensor, RawWeight, Shard,
};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{ByteProgress, LoadOptions, ModelError, load};
use conduit_testkit::divergence::Divergence;
use conduit_testkit::llama_cpp::{LlamaFormat, rewrite_weights, round_weights};
use conduit_testkit::model::TinyModel;
use conduit_testkit::runner::Runner;
use conduit_text::{EncodeOptions, Tokenizer};

const WEIGHTS: &str = "model.safetensors";
/// Positions of a step.
const STEP: usize = 64;
const MAX_MODEL_LEN: usize = 4096;
/// Address space; what is not touched takes no memory.
const EXTENTS: usize = 256;

struct Subject {
    folder: PathBuf,
    tokens: Vec<u32>,
}

impl Subject {
    /// The model and the text that the environment names, or a random one and what tokenizers are trained on.
    fn new(temporary: &Path) -> Self {
        let folder = env::var_os("CONDUIT_QUANTIZATION_MODEL").map(PathBuf::from).unwrap_or_else(|| {
            let folder = temporary.join("random");
            TinyModel::default().write(&folder).unwrap();
            folder
        });
        let text = match env::var_os("CONDUIT_QUANTIZATION_TEXT") {
            Some(file) => fs::read_to_string(file).unwrap(),
            None => include_str!("../../../testkit/src/model/training-text.txt").to_owned(),
        };
        let positions = env::var("CONDUIT_QUANTIZATION_POSITIONS").map_or(320, |text| text.parse().unwrap());
        let mut tokens = Tokenizer::load(&folder).unwrap().encode(&text, EncodeOptions::default()).unwrap();
        tokens.truncate(positions);
        Self { folder, tokens }
    }

    fn runner(&self, folder: &Path, quantization: Option<Quantization>) -> Runner<CpuBackend> {
        let backend = CpuBackend::new(CpuOptions::exact()).unwrap();
        let options = LoadOptions { max_model_len: MAX_MODEL_LEN, quantization, kv_dtype: None };
        let model = |backend: &CpuBackend| load(backend, folder, options, &ByteProgress::default());
        let bucket = Bucket { max_tokens: STEP, max_rows: STEP };
        Runner::new(backend, EXTENTS, bucket, model).unwrap_or_else(|error: ModelError| panic!("{error}"))
    }

    /// How far another folder's model is from this one.
    fn divergence(&self, folder: &Path, quantization: Option<Quantization>) -> Divergence {
        let mut runners = [self.runner(&self.folder, None), self.runner(folder, quantization)];
        let mut sequences = [runners[0].sequence(), runners[1].sequence()];
        let mut divergence = Divergence::default();
        for tokens in self.tokens.chunks(STEP) {
            let expected = runners[0].logits(&mut [(&mut sequences[0], tokens)]);
            let actual = runners[1].logits(&mut [(&mut sequences[1], tokens)]);
            for (expected, actual) in expected.iter().zip(&actual) {
                divergence.add(expected, actual);
            }
        }
        divergence
    }

    /// The divergence of a copy whose weights `write` makes.
    fn of_copy(&self, temporary: &Path, write: impl Fn(&Path, &Path)) -> Divergence {
        let copy = temporary.join("copy");
        fs::create_dir(&copy).unwrap();
        let config = fs::read_to_string(self.folder.join("config.json")).unwrap();
        fs::write(copy.join("config.json"), config).unwrap();
        write(&self.folder.join(WEIGHTS), &copy.join(WEIGHTS));
        let divergence = self.divergence(&copy, None);
        fs::remove_dir_all(&copy).unwrap();
        divergence
    }
}

/// Writes the weights as they are once they are quantised, in f32: what the rounding of input adds is left out.
fn restore_weights(from: &Path, to: &Path, quantization: Quantization) {
    let options =
        LoadOptions { max_model_len: MAX_MODEL_LEN, quantization: Some(quantization), kv_dtype: None };
    let backend = CpuBackend::new(CpuOptions::exact()).unwrap();
    let restore = |name: &str, columns: usize, values: &mut [f32]| {
        let is_table = name.ends_with("embed_tokens.weight") || name.ends_with("lm_head.weight");
        let to = if is_table { options.table_quantization() } else { options.quantization };
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let shape = vec![values.len() / columns, columns];
        let tensor = RawTensor { name: name.into(), dtype: DType::F32, shape, data: data.into() };
        let weight = RawWeight::Quantize { tensor, to: to.unwrap() };
        let parts = vec![RawPart { weight, bias: None }];
        let linear = backend.linear(RawLinear { parts }, Shard::WHOLE).unwrap();
        for (row, values) in values.chunks_exact_mut(columns).enumerate() {
            linear.read_row(row, values);
        }
    };
    rewrite_weights(from, to, &restore).unwrap();
}

#[test]
fn the_divergence_is_no_larger_than_that_of_llama_cpps_formats() {
    let temporary = tempfile::tempdir().unwrap();
    let temporary = temporary.path();
    let subject = Subject::new(temporary);
    let formats = [(Quantization::Int8, LlamaFormat::Q8_0), (Quantization::Int4, LlamaFormat::Q4_0)];
    for (quantization, format) in formats {
        let theirs = subject.of_copy(temporary, |from, to| round_weights(from, to, format).unwrap());
        let ours = subject.of_copy(temporary, |from, to| restore_weights(from, to, quantization));
        let whole = subject.divergence(&subject.folder, Some(quantization));
        for (what, divergence) in [
            (format!("{format:?}, weights alone"), theirs),
            (format!("{quantization}, weights alone"), ours),
            (format!("{quantization}, input rounded, too"), whole),
        ] {
            let (mean, agreement) = (divergence.mean(), 100.0 * divergence.agreement());
            println!("{what}: {mean:.3e} nats a token, the same most probable token at {agreement:.1} %");
        }
        // Both round the input alike, each group of 32 to eight bits, so that the weights decide.
        assert!(ours.mean() <= theirs.mean(), "{quantization}: {:e} > {:e}", ours.mean(), theirs.mean());
    }
}
