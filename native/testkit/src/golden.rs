//! What the reference implementation makes of tiny models.

use std::path::{Path, PathBuf};

use conduit_backend::{Backend, Bucket, DType};
use conduit_models::{Architecture, ByteProgress, Decoder, LoadOptions, WeightFiles};
use safetensors::SafeTensors;
use serde_json::Value;

use crate::runner::Runner;

/// Memory for one of the models and some sequences.
const EXTENTS: usize = 16;

/// A tiny model with what the reference implementation makes of it. The format is in `native/goldens/README.md`.
pub struct Golden {
    pub name: String,
    pub folder: PathBuf,
    pub input_ids: Vec<u32>,
    /// For each position the logits of the reference.
    pub logits: Vec<Vec<f32>>,
    pub greedy: Vec<Greedy>,
    pub is_f32: bool,
    /// Longest sequence of the reference, where rotary embedding depends on it.
    pub max_model_len: Option<usize>,
}

/// A prompt, the first tokens of `input_ids`, and the tokens that follow it.
pub struct Greedy {
    pub prompt_length: usize,
    pub tokens: Vec<u32>,
}

impl Golden {
    /// All cases of the repository whose weights are as they were trained, in the order of their names.
    pub fn all() -> Vec<Self> {
        Self::in_folder(&goldens().join("models"))
    }

    /// All cases of the repository whose weights were quantised by their publisher, in the order of their names.
    pub fn quantized() -> Vec<Self> {
        Self::in_folder(&goldens().join("quantized"))
    }

    /// All cases of the repository that are GGUF files, in the order of their names.
    pub fn gguf() -> Vec<Self> {
        Self::in_folder(&goldens().join("gguf"))
    }

    /// All cases of a folder, in the order of their names.
    ///
    /// # Panics
    /// Where there are none, or one that is not whole.
    pub fn in_folder(root: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.retain(|folder| folder.join("expected.json").exists());
        folders.sort();
        assert!(!folders.is_empty(), "no goldens in {}", root.display());
        folders.into_iter().map(Self::read).collect()
    }

    /// # Panics
    /// Where the repository has no case of this name.
    pub fn named(name: &str) -> Self {
        Self::all()
            .into_iter()
            .chain(Self::quantized())
            .chain(Self::gguf())
            .find(|golden| golden.name == name)
            .unwrap_or_else(|| panic!("no golden {name}"))
    }

    fn read(folder: PathBuf) -> Self {
        let expected: Value =
            serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let file = std::fs::read(folder.join("expected.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&file).unwrap();
        let logits = tensors.tensor("logits").unwrap();
        let numbers: Vec<f32> = logits
            .data()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        let greedy = |entry: &Value| Greedy {
            prompt_length: entry["prompt_length"].as_u64().unwrap() as usize,
            tokens: ids(&entry["tokens"]),
        };
        Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            input_ids: ids(&expected["input_ids"]),
            logits: numbers.chunks_exact(logits.shape()[1]).map(<[f32]>::to_vec).collect(),
            greedy: expected["greedy"].as_array().unwrap().iter().map(greedy).collect(),
            is_f32: expected["dtype"] == "float32",
            max_model_len: expected["max_model_len"].as_u64().map(|tokens| tokens as usize),
            folder,
        }
    }

    /// What the folder says, with a cache in f32 where the reference had one: GGUF files do not say in what type to compute.
    ///
    /// # Panics
    /// Where that is refused.
    pub fn architecture(&self) -> Architecture {
        let mut architecture = Architecture::read(&self.folder).unwrap();
        if self.is_f32 {
            architecture.dtype = Some(DType::F32);
        }
        architecture
    }

    /// The decoder of this folder's weights with an architecture that may have been changed.
    ///
    /// # Errors
    /// What the decoder or the backend fails with.
    ///
    /// # Panics
    /// Where the folder has no weights.
    pub fn decoder<B: Backend>(
        &self,
        backend: &B,
        architecture: Architecture,
    ) -> conduit_models::Result<Decoder<B>> {
        let files = WeightFiles::open(&self.folder).unwrap();
        let max_model_len = self.max_model_len.unwrap_or(4096);
        let options = LoadOptions { max_model_len, quantization: None, kv_dtype: None };
        Decoder::new(backend, architecture, &files, options, &ByteProgress::default())
    }

    /// A runner of [`Golden::decoder`].
    ///
    /// # Errors
    /// As there.
    pub fn runner<B: Backend>(
        &self,
        backend: B,
        architecture: Architecture,
    ) -> conduit_models::Result<Runner<B>> {
        let bucket = Bucket { max_tokens: 512, max_rows: 512 };
        Runner::new(backend, EXTENTS, bucket, |backend| self.decoder(backend, architecture))
    }

    /// Largest relative difference over the positions.
    ///
    /// # Panics
    /// Where there are not as many logits as the reference's.
    pub fn difference(&self, logits: &[Vec<f32>]) -> f64 {
        assert_eq!(logits.len(), self.logits.len());
        let differences = logits.iter().zip(&self.logits).map(|(actual, expected)| {
            assert_eq!(actual.len(), expected.len());
            let difference = actual.iter().zip(expected).map(|(a, e)| f64::from(a - e).powi(2)).sum::<f64>();
            let norm = expected.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>();
            (difference / norm).sqrt()
        });
        // NaN counts as a difference without bound.
        differences.fold(0.0, |most, difference| if difference <= most { most } else { difference })
    }

    /// How far the logits may be from the reference's.
    pub fn tolerance(&self) -> f64 {
        if self.is_f32 { 1e-4 } else { 1e-2 }
    }
}

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../goldens")
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}
