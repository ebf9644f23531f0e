use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;

use crate::file::MappedFile;
use crate::file_names::{files_of, find_in_folder, is_gguf};
use crate::{GgufError, Metadata, Result, TensorType};

/// Weights of Hugging Face's layout, which are meant where a folder has both.
const OTHER_WEIGHTS: [&str; 2] = ["model.safetensors", "model.safetensors.index.json"];

/// A model in one GGUF file, or in the files of a set.
///
/// The maps live as long as any tensor of them. Files must not be cut short while they are mapped: the system ends a process that
/// reads beyond the end of a file.
pub struct Gguf {
    /// The first one has the metadata.
    files: Vec<MappedFile>,
}

/// A tensor as it lies in its file.
pub struct GgufTensor<'a> {
    pub path: &'a Path,
    pub name: &'a str,
    pub kind: TensorType,
    /// The outermost size first.
    pub shape: &'a [usize],
    pub data: Bytes,
}

impl Gguf {
    /// Whether a path is a GGUF file, or a folder with such and without weights in another format.
    pub fn is_at(path: &Path) -> bool {
        if !path.is_dir() {
            return is_gguf(path);
        }
        let is_other = OTHER_WEIGHTS.iter().any(|file| path.join(file).exists());
        // What keeps one from being chosen is said by `open`.
        !is_other
            && find_in_folder(path)
                .map_or_else(|error| error.code() == "several_models", |file| file.is_some())
    }

    /// Opens a file, all files of the set that it belongs to, or the only model of a folder.
    ///
    /// # Errors
    /// What is missing, damaged, or not supported, by file and name.
    pub fn open(path: &Path) -> Result<Self> {
        let found = if path.is_dir() { find_in_folder(path)? } else { Some(path.to_owned()) };
        let first = found.ok_or_else(|| GgufError::MissingFile {
            path: path.join("*.gguf"),
            expected: "the folder of a model needs one",
        })?;
        let paths = files_of(&first);
        let files: Vec<_> = paths.iter().map(|path| MappedFile::open(path)).collect::<Result<_>>()?;
        check_set(&files)?;
        let model = Self { files };
        let mut names = BTreeSet::new();
        for tensor in model.tensors() {
            if !names.insert(tensor.name) {
                let reason = format!("the tensor {} is there twice", tensor.name);
                return Err(GgufError::DamagedFile { path: tensor.path.to_owned(), reason });
            }
        }
        Ok(model)
    }

    /// What the model's first file says of it.
    pub fn metadata(&self) -> &Metadata {
        &self.files[0].metadata
    }

    /// All tensors, file after file.
    pub fn tensors(&self) -> impl Iterator<Item = GgufTensor<'_>> {
        self.files.iter().flat_map(|file| {
            file.tensors.iter().map(|tensor| GgufTensor {
                path: &file.path,
                name: &tensor.name,
                kind: tensor.kind,
                shape: &tensor.shape,
                data: file.bytes.slice(tensor.range.clone()),
            })
        })
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }
}

/// Holds files to what they say of the set that they belong to.
fn check_set(files: &[MappedFile]) -> Result<()> {
    const NUMBER: &str = "split.no";
    const COUNT: &str = "split.count";
    for (index, file) in files.iter().enumerate() {
        // One that says nothing is whole.
        let count = file.metadata.unsigned(COUNT)?.unwrap_or(1).max(1);
        if count != files.len() as u64 {
            let found = files.len();
            let reason =
                format!("found {count} for a set of {found}; names end with -00001-of-{count:05}.gguf");
            return Err(file.metadata.invalid(COUNT, &reason));
        }
        let number = file.metadata.unsigned(NUMBER)?.unwrap_or(0);
        if number != index as u64 {
            return Err(file.metadata.invalid(NUMBER, &format!("expected {index}, found {number}")));
        }
    }
    Ok(())
}
