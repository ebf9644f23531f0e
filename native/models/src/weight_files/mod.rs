mod file_tensor;
mod header;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use conduit_backend::{Quantization, RawTensor};
use conduit_gguf::{Gguf, GgufError};
use memmap2::Mmap;
use serde_json::value::RawValue;

use crate::error::{ModelError, Result};
use crate::gguf::{GgufFamily, GgufModel};
use crate::read_file::read_file;
pub(crate) use file_tensor::{FileTensor, StoredType};
use header::Header;

const SINGLE_FILE: &str = "model.safetensors";
const INDEX_FILE: &str = "model.safetensors.index.json";
/// Begins the names of all tensors but the head's.
const INNER_PREFIX: &str = "model.";

/// What begins them instead: nothing in files that were saved without their head, as those of embedding models are, and in models of
/// text and images either of two, by the version of transformers that saved them.
const OTHER_INNER_PREFIXES: [&str; 3] = ["", "language_model.model.", "model.language_model."];

/// What such models have in front of other names, of the head that is, where they have anything.
const OUTER_PREFIX: &str = "language_model.";

/// Several times as large as the indices of the largest models.
const LARGEST_INDEX_BYTES: u64 = 64 << 20;

/// The safetensors files of a folder, or GGUF files, mapped into memory.
///
/// The maps live as long as any tensor of them. Files must not be cut short while they are mapped: the system ends a
/// process that reads beyond the end of a file.
pub struct WeightFiles {
    /// The file that names all tensors: the only one, or the index.
    root: PathBuf,
    /// By the names that Hugging Face gives them.
    tensors: BTreeMap<String, FileTensor>,
    /// Whose names the files have instead.
    family: Option<&'static GgufFamily>,
}

impl WeightFiles {
    /// Maps `model.safetensors`, or the files that `model.safetensors.index.json` names, or GGUF files.
    ///
    /// # Errors
    /// `MissingFile`, `UnreadableFile`, or `DamagedFile` where a header is wrong or a file ends too early.
    pub fn open(folder: &Path) -> Result<Self> {
        if Gguf::is_at(folder) {
            let model = GgufModel::open(folder)?;
            let (root, family) = (model.path().to_owned(), Some(model.family()));
            return Ok(Self { root, tensors: model.tensors()?, family });
        }
        let single = folder.join(SINGLE_FILE);
        if single.exists() {
            let mut files = Self { root: single.clone(), tensors: BTreeMap::new(), family: None };
            files.add(single, &|_| true)?;
            return Ok(files);
        }
        let index = folder.join(INDEX_FILE);
        if !index.exists() {
            let expected = "model.safetensors or model.safetensors.index.json";
            return Err(ModelError::MissingFile { path: single, expected });
        }
        let weight_map = read_index(&index)?;
        let mut files = Self { root: index, tensors: BTreeMap::new(), family: None };
        let mut names: Vec<&String> = weight_map.values().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            files.add(folder.join(name), &|tensor| weight_map.get(tensor) == Some(name))?;
        }
        match weight_map.iter().find(|(tensor, _)| !files.tensors.contains_key(*tensor)) {
            Some((tensor, name)) => {
                Err(ModelError::MissingTensor { path: folder.join(name), tensor: tensor.clone() })
            }
            None => Ok(files),
        }
    }

    /// A tensor of this shape, as a view of its file, by its name in models of text alone. It is found by its other names, too.
    ///
    /// # Errors
    /// `MissingTensor`, `WrongShape`, or `UnsupportedDtype`.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<RawTensor> {
        let tensor = self.any_tensor(name)?;
        tensor.expect_shape(shape)?;
        tensor.into_raw()
    }

    /// A tensor of any shape and type, found as [`WeightFiles::tensor`] finds it.
    ///
    /// # Errors
    /// `MissingTensor`.
    pub(crate) fn any_tensor(&self, name: &str) -> Result<FileTensor> {
        let missing = || {
            let own = self.family.and_then(|family| family.gguf_name(name));
            ModelError::MissingTensor { path: self.root.clone(), tensor: own.unwrap_or_else(|| name.into()) }
        };
        self.find(name).cloned().ok_or_else(missing)
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// # Errors
    /// `UnsupportedFeature` where matrices are in blocks, and cannot be brought to another format.
    pub(crate) fn check_quantizable(&self, to: Quantization) -> Result<()> {
        let format = |tensor: &FileTensor| match tensor.dtype {
            StoredType::Blocks(format) => Some(format.name()),
            _ => None,
        };
        let Some(format) = self.tensors.values().find_map(format) else { return Ok(()) };
        Err(ModelError::Gguf(GgufError::UnsupportedFeature {
            path: self.root.clone(),
            key: "quantization".into(),
            value: format!("{to} of {format}"),
            supported: "weights as they are in the file".into(),
        }))
    }

    fn find(&self, name: &str) -> Option<&FileTensor> {
        let other_names = || match name.strip_prefix(INNER_PREFIX) {
            Some(inner) => OTHER_INNER_PREFIXES.map(|prefix| format!("{prefix}{inner}")).to_vec(),
            None => vec![format!("{OUTER_PREFIX}{name}")],
        };
        let named = |name: String| self.tensors.get(&name);
        self.tensors.get(name).or_else(|| other_names().into_iter().find_map(named))
    }

    /// Whether the model was saved as what lies below its head.
    pub fn is_headless(&self) -> bool {
        let mut names = self.tensors.keys();
        !self.has("lm_head.weight")
            && !names.any(|name| name.starts_with(INNER_PREFIX) || name.starts_with(OUTER_PREFIX))
    }

    /// Bytes of the decoder's tensors together: of all but those that are for images.
    pub fn tensor_bytes(&self) -> u64 {
        let is_of_text = |name: &str| name.contains(OUTER_PREFIX) || name.starts_with("lm_head.");
        let is_part = self.tensors.keys().any(|name| name.contains(OUTER_PREFIX));
        let counted = self.tensors.iter().filter(|(name, _)| !is_part || is_of_text(name));
        counted.map(|(_, tensor)| tensor.data.len() as u64).sum()
    }

    /// Maps one file and takes in the tensors that belong to it.
    fn add(&mut self, path: PathBuf, belongs: &dyn Fn(&str) -> bool) -> Result<()> {
        let bytes = map(&path)?;
        let Header { tensors, data_start } =
            Header::read(&bytes).map_err(|reason| ModelError::DamagedFile { path: path.clone(), reason })?;
        for (name, info) in tensors {
            if belongs(&name) {
                let (from, to) = info.data_offsets;
                let stored = FileTensor {
                    path: path.clone(),
                    name: name.clone(),
                    dtype: StoredType::Plain(info.dtype),
                    shape: info.shape,
                    data: bytes.slice(data_start + from..data_start + to),
                };
                self.tensors.insert(name, stored);
            }
        }
        Ok(())
    }
}

/// Which file holds which tensor.
fn read_index(path: &Path) -> Result<BTreeMap<String, String>> {
    let damaged = |reason: String| ModelError::DamagedFile { path: path.into(), reason };
    let text = read_file(path, "every file that its index names", LARGEST_INDEX_BYTES)?;
    // Values as they are written: parsed, whatever they are, they take many times the memory.
    let index: BTreeMap<String, &RawValue> =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    let weight_map = index.get("weight_map").map_or("{}", |weight_map| weight_map.get());
    let weight_map: BTreeMap<String, &RawValue> =
        serde_json::from_str(weight_map).map_err(|error| damaged(format!("weight_map: {error}")))?;
    if weight_map.is_empty() {
        return Err(damaged("weight_map is missing or empty".into()));
    }
    let entry = |(tensor, file): (String, &RawValue)| match serde_json::from_str::<String>(file.get()) {
        Ok(file) if is_plain_name(&file) => Ok((tensor, file)),
        _ => Err(damaged(format!(
            "weight_map: {tensor}: expected the name of a file in the folder, found {:.100}",
            file.get()
        ))),
    };
    weight_map.into_iter().map(entry).collect()
}

/// Whether a name stays within the folder that it is joined to, on every system.
fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
        && !name.contains(['/', '\\', ':', '\0'])
}

fn map(path: &Path) -> Result<Bytes> {
    let unreadable = |source| ModelError::UnreadableFile { path: path.into(), source };
    let file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => {
            ModelError::MissingFile { path: path.into(), expected: "every file that its index names" }
        }
        _ => unreadable(source),
    })?;
    if file.metadata().map_err(unreadable)?.len() == 0 {
        return Err(ModelError::DamagedFile { path: path.into(), reason: "the file is empty".into() });
    }
    // SAFETY: the map is read only; that the file stays as it is, is asked of the user in the documentation above.
    let map = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
    #[cfg(unix)]
    {
        // Reading ahead is a wish; without it, pages come when they are touched.
        let _ = map.advise(memmap2::Advice::WillNeed);
    }
    Ok(Bytes::from_owner(map))
}
