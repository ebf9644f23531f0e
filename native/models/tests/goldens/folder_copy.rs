//! Copies of goldens' folders, to be changed.

use std::path::{Path, PathBuf};

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{ByteProgress, LoadOptions, ModelError, load};
use conduit_testkit::golden::Golden;
use serde_json::{Value, json};

/// A copy of a golden's folder that goes away at the end of the test.
pub struct FolderCopy(pub PathBuf);

impl FolderCopy {
    pub fn of(golden: &str, purpose: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("conduit-broken-{}-{purpose}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(Golden::named(golden).folder).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        Self(folder)
    }

    pub fn change_config(&self, change: impl FnOnce(&mut Value)) {
        let path = self.0.join("config.json");
        let mut config = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut config);
        std::fs::write(path, config.to_string()).unwrap();
    }

    /// Changes the header of `model.safetensors`, and leaves the data as it is.
    pub fn change_header(&self, change: impl FnOnce(&mut Value)) {
        self.change_weights(|header, data| {
            let mut value = serde_json::from_slice(header).unwrap();
            change(&mut value);
            (value.to_string().into_bytes(), data.to_vec())
        });
    }

    /// Changes the bytes of a tensor of `model.safetensors`.
    pub fn change_tensor(&self, name: &str, change: impl FnOnce(&mut [u8])) {
        self.change_weights(|header, data| {
            let value: Value = serde_json::from_slice(header).unwrap();
            let offset = |end: usize| value[name]["data_offsets"][end].as_u64().unwrap() as usize;
            let mut data = data.to_vec();
            change(&mut data[offset(0)..offset(1)]);
            (header.to_vec(), data)
        });
    }

    /// Adds a tensor to `model.safetensors`, behind the others.
    pub fn add_tensor(&self, name: &str, dtype: &str, shape: &[usize], bytes: &[u8]) {
        self.change_weights(|header, data| {
            let mut value: Value = serde_json::from_slice(header).unwrap();
            let offsets = [data.len(), data.len() + bytes.len()];
            value[name] = json!({ "dtype": dtype, "shape": shape, "data_offsets": offsets });
            (value.to_string().into_bytes(), [data, bytes].concat())
        });
    }

    fn change_weights(&self, change: impl FnOnce(&[u8], &[u8]) -> (Vec<u8>, Vec<u8>)) {
        let path = self.0.join("model.safetensors");
        let file = std::fs::read(&path).unwrap();
        let (length, rest) = file.split_first_chunk().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let (header, data) = change(header, data);
        let length = (header.len() as u64).to_le_bytes();
        std::fs::write(path, [&length[..], &header, &data].concat()).unwrap();
    }

    pub fn error(&self) -> ModelError {
        refusal(&self.0)
    }
}

impl Drop for FolderCopy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn refusal(folder: &Path) -> ModelError {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization: None, kv_dtype: None };
    load(&backend, folder, options, &ByteProgress::default()).err().expect("the folder was taken")
}

#[track_caller]
pub fn assert_names(error: &ModelError, code: &str, names: &[&str]) {
    assert_eq!(error.code(), code, "{error}");
    let message = error.to_string();
    assert!(names.iter().all(|name| message.contains(name)), "{message}");
}
