//! GGUF files: their metadata as what `config.json` would say, and their tensors by the names of Hugging Face.

mod config;
mod families;

use std::collections::BTreeMap;
use std::path::Path;

use conduit_backend::BlockFormat;
use conduit_gguf::{Gguf, GgufTensor};
use safetensors::tensor::Dtype;

use crate::architecture::Architecture;
use crate::error::{ModelError, Result};
use crate::rope::RopeScaling;
use crate::weight_files::{FileTensor, StoredType};
pub(crate) use families::GgufFamily;

/// A GGUF model of a family that is supported.
pub(crate) struct GgufModel {
    gguf: Gguf,
    family: &'static GgufFamily,
}

impl GgufModel {
    pub fn open(path: &Path) -> Result<Self> {
        let gguf = Gguf::open(path)?;
        let family = GgufFamily::of(gguf.metadata())?;
        Ok(Self { gguf, family })
    }

    pub fn family(&self) -> &'static GgufFamily {
        self.family
    }

    /// The file that has the metadata.
    pub fn path(&self) -> &Path {
        self.gguf.metadata().path()
    }

    /// All tensors that a decoder may need, by the names of Hugging Face.
    pub fn tensors(&self) -> Result<BTreeMap<String, FileTensor>> {
        let mut tensors = BTreeMap::new();
        for tensor in self.gguf.tensors() {
            let Some(name) = self.family.hugging_face_name(tensor.name) else { continue };
            let found = tensor.name;
            if tensors.insert(name, file_tensor(&tensor)).is_some() {
                // Numbers of layers with leading zeros.
                let reason = format!("the tensor {found} is there under another name, too");
                return Err(ModelError::DamagedFile { path: tensor.path.to_owned(), reason });
            }
        }
        Ok(tensors)
    }

    /// What `config.json` says in folders of Hugging Face.
    pub fn architecture(&self) -> Result<Architecture> {
        let config = self.config()?;
        let read = Architecture::parse(&config).map_err(|error| self.named(error));
        let mut architecture = Architecture { rotary_style: self.family.rotary_style, ..read? };
        if let Some(factors) = self.frequency_factors(architecture.head_dim)? {
            if architecture.rope.scaling != RopeScaling::Default {
                let key = self.family.key("rope.scaling.type");
                return Err(self.gguf.metadata().unsupported(&key, "with rope_freqs.weight", "none").into());
            }
            architecture.rope.scaling = RopeScaling::Factors(factors);
        }
        Ok(architecture)
    }

    /// What each frequency of the rotary embedding is divided by, where a file says that.
    fn frequency_factors(&self, head_dim: usize) -> Result<Option<Vec<f32>>> {
        const NAME: &str = "rope_freqs.weight";
        let Some(tensor) = self.tensor(NAME) else { return Ok(None) };
        let tensor = file_tensor(&tensor);
        tensor.expect_shape(&[head_dim / 2])?;
        let path = tensor.path.clone();
        let factors = tensor.into_raw()?.to_f32();
        match factors.iter().position(|factor| !factor.is_normal() || *factor < 0.0) {
            None => Ok(Some(factors)),
            Some(index) => {
                let reason =
                    format!("tensor {NAME}: {} at {index}, expected numbers above 0", factors[index]);
                Err(ModelError::DamagedFile { path, reason })
            }
        }
    }

    fn tensor(&self, name: &str) -> Option<GgufTensor<'_>> {
        self.gguf.tensors().find(|tensor| tensor.name == name)
    }
}

fn file_tensor(tensor: &GgufTensor<'_>) -> FileTensor {
    FileTensor {
        path: tensor.path.to_owned(),
        name: tensor.name.to_owned(),
        dtype: stored_type(tensor.kind.name()),
        shape: tensor.shape.to_vec(),
        data: tensor.data.clone(),
    }
}

fn stored_type(name: &'static str) -> StoredType {
    let format = BlockFormat::ALL.into_iter().find(|format| format.name() == name);
    match (name, format) {
        (_, Some(format)) => StoredType::Blocks(format),
        ("F32", _) => StoredType::Plain(Dtype::F32),
        ("F16", _) => StoredType::Plain(Dtype::F16),
        ("BF16", _) => StoredType::Plain(Dtype::BF16),
        _ => StoredType::Other(name),
    }
}
