//! Damaged and hostile folders: each is refused with the file and the tensor named, and opening takes no memory beyond the file's size.

mod allocator;

use std::fs::{self, File};
use std::path::Path;

use conduit_models::{Architecture, ModelError, WeightFiles};
use serde_json::{Value, json};
use tempfile::TempDir;

use allocator::peak_bytes;

const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
/// What opening takes beside what files make it take: paths, buffers, messages.
const BESIDE: usize = 64 << 10;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// A safetensors file with this header and so many bytes of data.
fn file(header: &str, data: usize) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &vec![0; data]].concat()
}

fn tensor(shape: Value, offsets: [u64; 2]) -> Value {
    json!({ "dtype": "F32", "shape": shape, "data_offsets": offsets })
}

/// A file with the tensors `a` and `b`.
fn two(a: Value, b: Value, data: usize) -> Vec<u8> {
    file(&json!({ "a": a, "b": b }).to_string(), data)
}

fn refusal(folder: &Path) -> ModelError {
    WeightFiles::open(folder).err().expect("a refusal")
}

#[track_caller]
fn assert_names(error: &ModelError, code: &str, names: &[&str]) {
    let message = error.to_string();
    assert_eq!(error.code(), code, "{message}");
    assert!(names.iter().all(|name| message.contains(name)), "{message}");
}

#[test]
fn what_is_wrong_with_a_file_is_named_with_the_tensor() {
    let good = || tensor(json!([2]), [0, 8]);
    let rows = [
        (
            "truncated",
            two(good(), tensor(json!([2]), [8, 16]), 12),
            "tensor b ends after 16 bytes, 12 are there",
        ),
        ("too long", two(good(), tensor(json!([2]), [8, 16]), 20), "take 16 bytes, but 20 are there"),
        ("the same place", two(good(), good(), 8), "tensor b: at bytes 0 to 8, it overlaps another one"),
        (
            "overlapping",
            two(good(), tensor(json!([2]), [4, 12]), 12),
            "tensor b: at bytes 4 to 12, it overlaps",
        ),
        (
            "contained",
            two(tensor(json!([4]), [0, 16]), tensor(json!([1]), [4, 8]), 16),
            "tensor b: at bytes 4 to 8",
        ),
        (
            "a gap",
            two(good(), tensor(json!([2]), [12, 20]), 20),
            "tensor b: at bytes 12 to 20, it leaves bytes out",
        ),
        ("backwards", two(good(), tensor(json!([2]), [8, 0]), 16), "tensor b: at bytes 8 to 0"),
        (
            "a wrong shape",
            two(good(), tensor(json!([3]), [8, 16]), 16),
            "tensor b: 8 bytes do not make F32 of shape [3]",
        ),
        ("a huge shape", two(good(), tensor(json!([u64::MAX, 4]), [8, 16]), 16), "tensor b: 8 bytes"),
        ("a negative shape", two(good(), tensor(json!([-2]), [8, 16]), 16), "tensor b: invalid value"),
        ("a type of its own", two(good(), json!({ "dtype": "F99" }), 8), "tensor b: unknown variant `F99`"),
        ("many dimensions", two(good(), tensor(json!(vec![1; 65]), [8, 12]), 12), "tensor b: 65 dimensions"),
    ];
    for (what, bytes, message) in rows {
        println!("{what}");
        assert_names(&refusal(folder(&[(WEIGHTS, &bytes)]).path()), "damaged_file", &[WEIGHTS, message]);
    }
}

#[test]
fn an_index_names_files_that_are_there_and_in_the_folder() {
    let index = |weight_map: Value| json!({ "weight_map": weight_map }).to_string();
    let shard = file(&json!({ "a": tensor(json!([1]), [0, 4]) }).to_string(), 4);
    let rows = [
        ("a missing shard", json!({ "a": "one", "b": "two" }), "missing_file", vec!["two"]),
        ("a missing tensor", json!({ "a": "one", "b": "one" }), "missing_tensor", vec!["one", "tensor b"]),
        ("a way out", json!({ "a": "one", "b": "../one" }), "damaged_file", vec![INDEX, "b: ", "../one"]),
        ("a root", json!({ "a": "/etc/passwd" }), "damaged_file", vec![INDEX, "a: ", "/etc/passwd"]),
        ("no name", json!({ "a": { "b": 1 } }), "damaged_file", vec![INDEX, "a: "]),
        ("no files", json!({}), "damaged_file", vec![INDEX, "weight_map"]),
    ];
    for (what, weight_map, code, names) in rows {
        println!("{what}");
        let folder = folder(&[(INDEX, index(weight_map).as_bytes()), ("one", &shard)]);
        assert_names(&refusal(folder.path()), code, &names);
    }
}

#[test]
fn files_of_gigabytes_take_no_memory() {
    const GIB: u64 = 1 << 30;
    let sparse = |name: &str, start: &[u8], length: u64| {
        let folder = folder(&[(name, start)]);
        File::options().write(true).open(folder.path().join(name)).unwrap().set_len(length).unwrap();
        folder
    };
    let header = |length: u64| length.to_le_bytes();
    let cases: [(TempDir, &[&str]); 4] = [
        (sparse(WEIGHTS, &header(10 * GIB), 11 * GIB), &[WEIGHTS, "a header of 10737418240 bytes"]),
        (sparse(WEIGHTS, &header(10 * GIB), 100), &[WEIGHTS, "a header of 10737418240 bytes"]),
        (sparse(WEIGHTS, &header(99_000_000), 100), &[WEIGHTS, "truncated: the header"]),
        (sparse(INDEX, b"{}", GIB), &[INDEX, "1073741824 bytes"]),
    ];
    for (folder, names) in cases {
        let (error, peak) = peak_bytes(|| refusal(folder.path()));
        assert_names(&error, "damaged_file", names);
        assert!(peak < BESIDE, "{names:?}: {peak} bytes");
    }
    let folder = sparse("config.json", b"{}", GIB);
    let (error, peak) = peak_bytes(|| Architecture::read(folder.path()).unwrap_err());
    assert_names(&error, "damaged_file", &["config.json", "1073741824 bytes"]);
    assert!(peak < BESIDE, "{peak} bytes");
}

/// JSON can be written so that what it stands for takes many times its own bytes.
#[test]
fn headers_and_indices_take_a_small_multiple_of_their_bytes() {
    const MOST: usize = 16;
    let many = "0,".repeat(500_000);
    let nested = "[".repeat(1_000_000);
    let entries = |value: &str| (0..50_000).map(|name| format!("\"{name}\":{value},")).collect::<String>();
    let texts = [
        format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{many}0],\"data_offsets\":[0,0]}}}}"),
        format!("{{\"a\":[{many}0]}}"),
        format!("{{\"a\":{nested}"),
        format!("{{{}\"a\":0}}", entries("0")),
        format!("{{{}\"a\":0}}", entries("{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}")),
        format!("{{\"weight_map\":{{{}\"a\":0}}}}", entries("\"f\"")),
        format!("{{\"weight_map\":[{many}0]}}"),
        format!("{{\"weight_map\":{{}},\"metadata\":[{many}0]}}"),
    ];
    for text in &texts {
        for (name, bytes) in [(WEIGHTS, file(text, 0)), (INDEX, text.clone().into_bytes())] {
            let folder = folder(&[(name, &bytes)]);
            let (error, peak) = peak_bytes(|| refusal(folder.path()));
            assert_names(&error, "damaged_file", &[name]);
            assert!(peak < MOST * bytes.len() + BESIDE, "{name} {text:.40}: {peak} bytes of {}", bytes.len());
        }
    }
}
