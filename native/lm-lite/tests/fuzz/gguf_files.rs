//! GGUF files: every one that there is a golden of.

use std::fs;
use std::path::Path;

use conduit_testkit::golden::Golden;
use conduit_testkit::random::Random;
use conduit_text::{ChatTemplate, EncodeOptions, Tokenizer};
use tempfile::TempDir;

use crate::model_files::Place;
use crate::mutate;
use crate::run::fuzz;

/// Inputs for each of the files.
const INPUTS: usize = 300;

/// Numbers of all sizes that readers stumble at.
const STRANGE: [u64; 14] =
    [0, 1, 2, 3, 7, 8, 9, 33, 255, 1 << 32, 10_000_000_000, i64::MAX as u64, u64::MAX - 31, u64::MAX];

/// What metadata and descriptions of tensors know of.
const WORDS: [&str; 10] = [
    "llama.",
    "qwen3.",
    "blk.0.",
    ".weight",
    "tokenizer.ggml.",
    "token_embd.weight",
    "rope_freqs.weight",
    "<|im_end|>",
    "\0\0\0\0\0\0\0\0",
    "GGUF",
];

fn copy_of(golden: &Golden) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&golden.folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "gguf") {
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// A file with some of what makes readers stumble: mostly in its first `header` bytes.
fn changed(file: &[u8], header: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    match random.below(5) {
        // Numbers in place, so that all that follows stays where it was.
        0 | 1 => {
            for _ in 0..1 + random.below(3) {
                let at = random.below(header - 8);
                let width = *random.pick(&[1, 2, 4, 8]);
                bytes[at..at + width].copy_from_slice(&random.pick(&STRANGE).to_le_bytes()[..width]);
            }
        }
        2 => {
            let head = mutate::bytes(&file[..header], &WORDS, random);
            bytes.splice(..header, head);
        }
        3 => {
            let at = header + random.below(bytes.len() - header - 2);
            bytes[at..at + 2]
                .copy_from_slice(&random.pick(&[0x7E00u16, 0x7C00, 0xFFFF, 0x0001]).to_le_bytes());
        }
        _ => bytes.truncate(random.below(bytes.len())),
    }
    bytes
}

/// Reads what there is of text, and uses it.
fn try_text(path: &Path) {
    let Ok(tokenizer) = Tokenizer::load(path) else { return };
    for text in ["", "Hello, files of 42 bytes.\n", "<|im_start|>é日本\0", "     'll"] {
        let options = EncodeOptions { add_special_tokens: true, parse_special: true };
        if let Ok(ids) = tokenizer.encode(text, options) {
            tokenizer.decode(&ids, false);
        }
    }
    let _ = ChatTemplate::load(path, &tokenizer);
}

#[test]
fn gguf_files() {
    for golden in Golden::gguf() {
        let (folder, place) = (copy_of(&golden), Place::new());
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let file = names.min().unwrap();
        let whole = fs::read(&file).unwrap();
        // The metadata, and the descriptions of the tensors, of which the last begins so.
        let header = whole.windows(4).rposition(|window| window == b"blk.").unwrap_or(whole.len() / 2) + 64;
        let make = |random: &mut Random| changed(&whole, header, random);
        fuzz(&format!("gguf-{}", golden.name), INPUTS, make, |input| {
            // A file of its own: the one before may still be mapped.
            fs::remove_file(&file).unwrap();
            fs::write(&file, input).unwrap();
            try_text(folder.path());
            place.try_folder(folder.path())
        });
    }
}
