//! Files that are sound, and files that are not: each of the latter is refused with an error that names it and what is wrong.

use std::path::PathBuf;

use conduit_gguf::{Gguf, GgufError};
use conduit_testkit::gguf::GgufBuilder;
use tempfile::TempDir;

const F32: u32 = 0;
const Q4_0: u32 = 2;

fn builder() -> GgufBuilder {
    let mut builder = GgufBuilder::default();
    builder.set("general.architecture", "llama").set("llama.block_count", 2u32);
    builder.set("numbers", &[1i32, 2, 3][..]).set("texts", &["a", "ä", ""][..]).set("yes", true);
    builder.set("half", 0.5f32).set("double", 0.25f64).set("minus", &[-1i32][..]);
    builder.tensor("first", F32, &[3, 2], (0..24).collect());
    builder.tensor("second", Q4_0, &[64, 2], vec![7; 4 * 18]);
    builder
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn refusal(bytes: &[u8]) -> GgufError {
    let folder = Folder::new();
    let path = folder.write("model.gguf", bytes);
    let error = Gguf::open(&path).err().expect("the file was taken");
    assert!(error.to_string().contains("model.gguf"), "{error}");
    error
}

fn assert_damaged(bytes: &[u8], what: &str) {
    let error = refusal(bytes);
    assert_eq!(error.code(), "damaged_file", "{error}");
    assert!(error.to_string().contains(what), "{error} lacks {what}");
}

#[test]
fn metadata_and_tensors_are_what_was_written() {
    let folder = Folder::new();
    let path = folder.write("model.gguf", &builder().bytes());
    let gguf = Gguf::open(&path).unwrap();
    let metadata = gguf.metadata();
    assert_eq!(metadata.text("general.architecture").unwrap(), Some("llama"));
    assert_eq!(metadata.unsigned("llama.block_count").unwrap(), Some(2));
    assert_eq!(metadata.unsigneds("numbers").unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(metadata.texts("texts").unwrap(), Some(vec!["a", "ä", ""]));
    assert_eq!(metadata.bool("yes").unwrap(), Some(true));
    assert_eq!(metadata.float("half").unwrap(), Some(0.5));
    assert_eq!(metadata.float("double").unwrap(), Some(0.25));
    assert_eq!(metadata.text("none").unwrap(), None);
    let tensors: Vec<_> = gguf.tensors().collect();
    let described: Vec<_> =
        tensors.iter().map(|tensor| (tensor.name, tensor.kind.name(), tensor.shape)).collect();
    assert_eq!(described, [("first", "F32", &[2, 3][..]), ("second", "Q4_0", &[2, 64])]);
    assert_eq!(*tensors[0].data, (0..24).collect::<Vec<u8>>());
    assert_eq!(*tensors[1].data, [7; 72]);
}

#[test]
fn values_of_another_type_are_named() {
    let folder = Folder::new();
    let gguf = Gguf::open(&folder.write("model.gguf", &builder().bytes())).unwrap();
    let metadata = gguf.metadata();
    let errors = [
        metadata.text("yes").err(),
        metadata.text("texts").err(),
        metadata.unsigned("half").err(),
        metadata.unsigneds("minus").err(),
        metadata.unsigneds("texts").err(),
        metadata.floats("numbers").err(),
        metadata.texts("numbers").err(),
        metadata.bool("half").err(),
        metadata.float("llama.block_count").err(),
    ];
    for error in errors {
        let message = error.unwrap().to_string();
        assert!(message.contains("model.gguf") && message.contains("expected"), "{message}");
    }
    let error = metadata.unsigneds("texts").unwrap_err().to_string();
    assert!(error.contains("texts: expected an array of whole numbers, found an array of a text"), "{error}");
}

#[test]
fn every_file_that_ends_too_early_is_damaged() {
    let whole = builder().bytes();
    for length in 0..whole.len() {
        assert_eq!(refusal(&whole[..length]).code(), "damaged_file", "{length} bytes");
    }
    assert_damaged(&whole[..whole.len() - 1], "tensor second: truncated: 72 bytes");
}

#[test]
fn other_formats_and_versions_are_refused() {
    assert_damaged(b"GGML, and more than that", "does not begin with GGUF");
    for (version, named) in [(1u32, "= 1 "), (4, "= 4 "), (3u32.swap_bytes(), "big-endian")] {
        let mut bytes = builder().bytes();
        bytes[4..8].copy_from_slice(&version.to_le_bytes());
        let error = refusal(&bytes);
        assert_eq!(error.code(), "unsupported_feature");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn counts_that_a_file_has_no_room_for_are_refused_at_once() {
    let whole = builder().bytes();
    for (at, what) in [(8, "tensors in"), (16, "entries of metadata in")] {
        for count in [10_000_000_000u64, u64::MAX, 1 << 62] {
            let mut bytes = whole.clone();
            bytes[at..at + 8].copy_from_slice(&count.to_le_bytes());
            assert_damaged(&bytes, what);
        }
    }
}

/// A file with one entry, of which the value is these bytes, the number of its type first.
fn with_value(kind: u32, value: &[u8]) -> Vec<u8> {
    let head = [b"GGUF".as_slice(), &3u32.to_le_bytes(), &0u64.to_le_bytes(), &1u64.to_le_bytes()];
    let key = [&3u64.to_le_bytes()[..], b"key"].concat();
    [head.concat(), key, kind.to_le_bytes().to_vec(), value.to_vec()].concat()
}

#[test]
fn hostile_values_are_damage() {
    let array = |kind: u32, count: u64| [&kind.to_le_bytes()[..], &count.to_le_bytes(), &[0; 16]].concat();
    assert!(Gguf::open(&Folder::new().write("a.gguf", &with_value(4, &[1, 0, 0, 0]))).is_ok());
    assert_damaged(&with_value(13, &[0; 64]), "key: a value of the unknown type 13");
    assert_damaged(&with_value(u32::MAX, &[0; 64]), "unknown type");
    assert_damaged(&with_value(8, &u64::MAX.to_le_bytes()), "key: a text of 18446744073709551615 bytes");
    assert_damaged(&with_value(9, &array(9, 1)), "key: an array of arrays");
    for (kind, count) in [(4, u64::MAX), (4, 10_000_000_000), (8, u64::MAX), (8, 3), (0, 17), (10, 1 << 61)] {
        assert_damaged(&with_value(9, &array(kind, count)), "key: an array of");
    }
    let file = with_value(8, &[&2u64.to_le_bytes()[..], &[0xC3, 0x28]].concat());
    let folder = Folder::new();
    let gguf = Gguf::open(&folder.write("model.gguf", &file)).unwrap();
    assert_eq!(gguf.metadata().text("key").unwrap_err().code(), "damaged_file");
}

#[test]
fn keys_and_tensors_are_there_once() {
    let mut file = builder();
    file.tensor("first", F32, &[1], vec![0; 4]);
    assert_damaged(&file.bytes(), "the tensor first is there twice");
    let one = with_value(4, &[1, 0, 0, 0]);
    let entry = &one[24..];
    let mut twice = [&one[..], entry].concat();
    twice[16] = 2;
    assert_damaged(&twice, "key is there twice");
}

/// The file with this number at so many bytes behind the name of a tensor.
fn with_description(name: &str, at: usize, number: &[u8]) -> Vec<u8> {
    let mut bytes = builder().bytes();
    let start = bytes.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
    bytes[start + name.len() + at..][..number.len()].copy_from_slice(number);
    bytes
}

#[test]
fn sizes_types_and_places_of_tensors_are_checked() {
    // Behind a name are the number of sizes (4 bytes), two sizes (8 each), the type (4) and the place (8).
    let (sizes, kind, place) = (4, 20, 24);
    assert_damaged(&with_description("second", 0, &5u32.to_le_bytes()), "tensor second: 5 sizes");
    assert_damaged(&with_description("second", 0, &u32::MAX.to_le_bytes()), "tensor second");
    assert_damaged(&with_description("second", sizes, &48u64.to_le_bytes()), "rows of 48 in blocks of 32");
    assert_damaged(&with_description("second", sizes, &0u64.to_le_bytes()), "tensor second: sizes of [0, 2]");
    for size in [1u64 << 62, u64::MAX - 31, 1 << 40] {
        assert_damaged(&with_description("second", sizes, &size.to_le_bytes()), "tensor second");
    }
    assert_damaged(&with_description("second", place, &33u64.to_le_bytes()), "no multiple of 32");
    assert_damaged(&with_description("second", place, &96u64.to_le_bytes()), "tensor second: truncated");
    for offset in [u64::MAX - 31, 1 << 63, 1 << 40] {
        assert_damaged(&with_description("second", place, &offset.to_le_bytes()), "tensor second: truncated");
    }
    assert_damaged(&with_description("second", place, &0u64.to_le_bytes()), "first and second overlap");
    for number in [4u32, 5, 31, 1000, u32::MAX] {
        let error = refusal(&with_description("second", kind, &number.to_le_bytes()));
        assert_eq!(error.code(), "unsupported_dtype");
        let message = error.to_string();
        assert!(message.contains("second") && message.contains(&number.to_string()), "{message}");
    }
}

#[test]
fn an_alignment_is_a_power_of_two() {
    for alignment in [0u32, 3, 33, u32::MAX, 1 << 21] {
        assert_damaged(&builder().set("general.alignment", alignment).bytes(), "general.alignment: expected");
    }
    let folder = Folder::new();
    let file = builder().set("general.alignment", 8u32).bytes();
    Gguf::open(&folder.write("model.gguf", &file)).unwrap();
}

/// One file of a set, with one tensor.
fn part(number: u16, count: u16, tensor: &str) -> Vec<u8> {
    let mut file = GgufBuilder::default();
    file.set("split.no", number).set("split.count", count).set("general.architecture", "llama");
    file.tensor(tensor, F32, &[1], vec![0; 4]).bytes()
}

#[test]
fn a_set_is_found_by_any_of_its_files_and_by_its_folder() {
    let folder = Folder::new();
    let paths = [1, 2, 3].map(|number| {
        folder.write(&format!("m-0000{number}-of-00003.gguf"), &part(number - 1, 3, &format!("t{number}")))
    });
    folder.write("mmproj-m.gguf", b"what looks at images");
    for path in paths.iter().map(PathBuf::as_path).chain([folder.0.path()]) {
        assert!(Gguf::is_at(path));
        let gguf = Gguf::open(path).unwrap();
        assert_eq!(gguf.tensors().map(|tensor| tensor.name).collect::<Vec<_>>(), ["t1", "t2", "t3"]);
    }
    std::fs::remove_file(&paths[1]).unwrap();
    let error = Gguf::open(&paths[2]).err().unwrap();
    assert_eq!(error.code(), "missing_file");
    assert!(error.to_string().contains("m-00002-of-00003.gguf"), "{error}");
}

#[test]
fn files_of_a_set_go_together() {
    for (second, what) in [
        (part(1, 3, "t2"), "split.count: found 3 for a set of 2"),
        (part(0, 2, "t2"), "split.no: expected 1, found 0"),
        (part(1, 2, "t1"), "the tensor t1 is there twice"),
    ] {
        let folder = Folder::new();
        let first = folder.write("m-00001-of-00002.gguf", &part(0, 2, "t1"));
        folder.write("m-00002-of-00002.gguf", &second);
        let error = Gguf::open(&first).err().unwrap().to_string();
        assert!(error.contains("m-00002-of-00002.gguf") && error.contains(what), "{error}");
    }
    let folder = Folder::new();
    let renamed = folder.write("m.gguf", &part(0, 2, "t1"));
    let error = Gguf::open(&renamed).err().unwrap().to_string();
    assert!(error.contains("split.count: found 2 for a set of 1"), "{error}");
}

#[test]
fn a_folder_has_to_say_which_model_is_meant() {
    let folder = Folder::new();
    assert!(!Gguf::is_at(folder.0.path()));
    assert_eq!(Gguf::open(folder.0.path()).err().unwrap().code(), "missing_file");
    folder.write("b-Q8_0.gguf", &builder().bytes());
    assert!(Gguf::is_at(folder.0.path()) && Gguf::open(folder.0.path()).is_ok());
    folder.write("a-00001-of-00002.gguf", &part(0, 2, "t1"));
    folder.write("a-00002-of-00002.gguf", &part(1, 2, "t2"));
    assert!(Gguf::is_at(folder.0.path()));
    let error = Gguf::open(folder.0.path()).err().unwrap();
    assert_eq!(error.code(), "several_models");
    assert!(error.to_string().contains("one of a-00001-of-00002.gguf, b-Q8_0.gguf"), "{error}");
    folder.write("model.safetensors", b"");
    assert!(!Gguf::is_at(folder.0.path()), "weights in the other format come first");
}
