use std::path::{Path, PathBuf};

use crate::{GgufError, Result};

const EXTENSION: &str = "gguf";
/// Files beside the model that hold what looks at images.
const PROJECTOR: &str = "mmproj";

/// Whether this is a GGUF file by its name.
pub(crate) fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION))
}

/// The files of the model that one of them belongs to: all of `model-00001-of-00003.gguf` and its like, or the one.
pub(crate) fn files_of(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((set, count)) = split_name(name) else { return vec![path.to_owned()] };
    // A file that is missing ends the search for those behind it.
    let file = |number| path.with_file_name(format!("{set}-{number:05}-of-{count:05}.{EXTENSION}"));
    let missing = (1..=count).find(|number| !file(*number).exists()).unwrap_or(count);
    (1..=missing).map(file).collect()
}

/// The first file of the only model that lies in a folder; `None` where there is no such file.
pub(crate) fn find_in_folder(folder: &Path) -> Result<Option<PathBuf>> {
    let unreadable = |source| GgufError::UnreadableFile { path: folder.to_owned(), source };
    let mut models: Vec<(String, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !is_gguf(&path) || name.starts_with(PROJECTOR) {
            continue;
        }
        let model = split_name(name).map_or_else(|| name.to_owned(), |(set, _)| set.to_owned());
        match models.iter_mut().find(|(known, _)| *known == model) {
            // A set is named after its first file.
            Some((_, first)) => *first = path.min(std::mem::take(first)),
            None => models.push((model, path)),
        }
    }
    if models.len() > 1 {
        let name = |(_, path): &(String, PathBuf)| Some(path.file_name()?.to_string_lossy().into_owned());
        let mut found: Vec<String> = models.iter().filter_map(name).collect();
        found.sort_unstable();
        return Err(GgufError::SeveralModels { path: folder.to_owned(), found });
    }
    Ok(models.pop().map(|(_, path)| path))
}

/// Of `set-00001-of-00003.gguf` the set and how many files it has.
fn split_name(name: &str) -> Option<(&str, u32)> {
    let stem = name.strip_suffix(".gguf")?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (set, number) = rest.rsplit_once('-')?;
    let number_of = |digits: &str| {
        let is_number = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse::<u32>().ok() } else { None }
    };
    let (number, count) = (number_of(number)?, number_of(count)?);
    (1..=count).contains(&number).then_some((set, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sets_have_five_digits() {
        assert_eq!(split_name("a-b-00002-of-00003.gguf"), Some(("a-b", 3)));
        for name in [
            "a.gguf",
            "a-2-of-3.gguf",
            "a-00004-of-00003.gguf",
            "a-00000-of-00003.gguf",
            "00001-of-00001.gguf",
        ] {
            assert_eq!(split_name(name), None, "{name}");
        }
    }
}
