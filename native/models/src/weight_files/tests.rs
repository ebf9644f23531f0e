use std::sync::atomic::{AtomicUsize, Ordering};

use conduit_backend::DType;
use serde_json::{Value, json};

use super::*;

/// A folder that goes away at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("conduit-weights-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> &Self {
        std::fs::write(self.0.join(name), bytes).unwrap();
        self
    }

    fn index(&self, weight_map: Value) -> &Self {
        self.write(INDEX_FILE, json!({ "metadata": {}, "weight_map": weight_map }).to_string().as_bytes())
    }

    fn open(&self) -> Result<WeightFiles> {
        WeightFiles::open(&self.0)
    }

    /// What opening the folder with this one file fails with.
    fn refusal(bytes: &[u8]) -> ModelError {
        Self::new().write(SINGLE_FILE, bytes).open().err().expect("the file was taken")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file with this header and `data` bytes of tensors.
fn file(header: &str, data: usize) -> Vec<u8> {
    let numbers = (0..data).map(|byte| byte as u8);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()]
        .concat()
        .into_iter()
        .chain(numbers)
        .collect()
}

fn header(name: &str, dtype: &str, shape: &[usize], bytes: usize) -> String {
    json!({ name: { "dtype": dtype, "shape": shape, "data_offsets": [0, bytes] } }).to_string()
}

#[test]
fn tensors_are_views_of_their_file() {
    let folder = Folder::new();
    folder.write(SINGLE_FILE, &file(&header("w", "BF16", &[2, 3], 12), 12));
    let files = folder.open().unwrap();
    let tensor = files.tensor("w", &[2, 3]).unwrap();
    assert_eq!((tensor.name.as_str(), tensor.dtype, &*tensor.shape), ("w", DType::BF16, &[2, 3][..]));
    assert_eq!(*tensor.data, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(files.tensor_bytes(), 12);
    let again = files.tensor("w", &[2, 3]).unwrap();
    assert_eq!(tensor.data.as_ptr(), again.data.as_ptr());
    drop(files);
    assert_eq!(tensor.data[11], 11, "a tensor keeps its map");
}

#[test]
fn what_a_tensor_lacks_is_said_with_file_and_name() {
    let folder = Folder::new();
    folder.write(SINGLE_FILE, &file(&header("w", "I16", &[2, 3], 12), 12));
    let files = folder.open().unwrap();
    for (name, shape, code) in [
        ("v", &[2, 3][..], "missing_tensor"),
        ("w", &[3, 2], "wrong_shape"),
        ("w", &[6], "wrong_shape"),
        ("w", &[2, 3], "unsupported_dtype"),
    ] {
        let error = files.tensor(name, shape).unwrap_err();
        assert_eq!(error.code(), code);
        let message = error.to_string();
        assert!(message.contains(SINGLE_FILE) && message.contains(&format!("tensor {name}")), "{message}");
    }
}

#[test]
fn every_file_that_ends_too_early_is_damaged() {
    let whole = file(&header("w", "F32", &[4], 16), 16);
    Folder::new().write(SINGLE_FILE, &whole).open().unwrap();
    for length in 0..whole.len() {
        let error = Folder::refusal(&whole[..length]);
        assert_eq!(error.code(), "damaged_file");
        assert!(error.to_string().contains(SINGLE_FILE), "{error}");
    }
    assert!(
        Folder::refusal(&whole[..whole.len() - 1])
            .to_string()
            .contains("tensor w ends after 16 bytes, 15 are there")
    );
    assert_eq!(Folder::refusal(&[&whole[..], b"!"].concat()).code(), "damaged_file");
}

#[test]
fn hostile_headers_are_damaged_files() {
    let huge = usize::MAX;
    let tensor = |offsets: Value, shape: Value, dtype: &str| {
        json!({ "w": { "dtype": dtype, "shape": shape, "data_offsets": offsets } }).to_string()
    };
    for header in [
        String::new(),
        "{".into(),
        "[]".into(),
        "[".repeat(100_000),
        r#"{"w": 3}"#.into(),
        tensor(json!([0, 8]), json!([4]), "F32"),
        tensor(json!([8, 24]), json!([4]), "F32"),
        tensor(json!([16, 0]), json!([4]), "F32"),
        tensor(json!([0, huge]), json!([huge]), "F32"),
        tensor(json!([0, 16]), json!([huge, huge]), "F32"),
        tensor(json!([0, 16]), json!([-4]), "F32"),
        tensor(json!([0, 16]), json!([4]), "F99"),
        r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
            .into(),
    ] {
        assert_eq!(Folder::refusal(&file(&header, 16)).code(), "damaged_file", "{header:.80}");
    }
    let length = |length: u64| [&length.to_le_bytes()[..], &[b'{'; 64]].concat();
    for length in [length(u64::MAX), length(1 << 40), length(100_000_000), length(65)] {
        assert_eq!(Folder::refusal(&length).code(), "damaged_file");
    }
}

#[test]
fn an_index_says_which_file_holds_which_tensor() {
    let folder = Folder::new();
    let two = |first: &str, second: &str| {
        let tensor =
            |start: usize| json!({ "dtype": "F16", "shape": [2], "data_offsets": [start, start + 4] });
        file(&json!({ first: tensor(0), second: tensor(4) }).to_string(), 8)
    };
    folder.write("one.safetensors", &two("a", "stray")).write("two.safetensors", &two("stray", "b"));
    folder.index(json!({ "a": "one.safetensors", "b": "two.safetensors" }));
    let files = folder.open().unwrap();
    assert_eq!(*files.tensor("a", &[2]).unwrap().data, [0, 1, 2, 3]);
    assert_eq!(*files.tensor("b", &[2]).unwrap().data, [4, 5, 6, 7]);
    let error = files.tensor("stray", &[2]).unwrap_err().to_string();
    assert!(error.contains(INDEX_FILE) && error.contains("stray"), "{error}");

    folder.index(json!({ "a": "one.safetensors", "b": "one.safetensors" }));
    let error = folder.open().err().unwrap();
    assert_eq!(error.code(), "missing_tensor");
    assert!(error.to_string().contains("one.safetensors: the tensor b"), "{error}");

    folder.index(json!({ "a": "one.safetensors", "b": "three.safetensors" }));
    let error = folder.open().err().unwrap();
    assert_eq!(error.code(), "missing_file");
    assert!(error.to_string().contains("three.safetensors"), "{error}");
}

#[test]
fn an_index_does_not_reach_out_of_its_folder() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("inner")).unwrap();
    let inner = Folder(folder.0.join("inner"));
    folder.write("outside.safetensors", &file(&header("a", "F32", &[1], 4), 4));
    let absolute = folder.0.join("outside.safetensors");
    for name in [
        json!("../outside.safetensors"),
        json!(absolute.to_str().unwrap()),
        json!("..\\outside.safetensors"),
        json!("./../outside.safetensors"),
        json!("C:outside.safetensors"),
        json!(".."),
        json!("."),
        json!(""),
        json!("out\0side"),
        json!(7),
        json!(null),
    ] {
        inner.index(json!({ "a": name }));
        let error = inner.open().err().unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!(error.code(), "damaged_file", "{error}");
    }
    for text in ["", "[]", "{}", r#"{"weight_map": []}"#] {
        inner.write(INDEX_FILE, text.as_bytes());
        assert_eq!(inner.open().err().unwrap().code(), "damaged_file");
    }
}

#[test]
fn a_folder_without_weights_says_what_it_needs() {
    let folder = Folder::new();
    let error = folder.open().err().unwrap();
    assert_eq!(error.code(), "missing_file");
    assert!(error.to_string().contains("model.safetensors.index.json"), "{error}");
    // A folder in the place of the file.
    std::fs::create_dir(folder.0.join(SINGLE_FILE)).unwrap();
    assert!(folder.open().is_err());
}
