//! The files of models that their publisher quantised: every format that there is a golden of.

use std::fs;
use std::path::Path;

use conduit_testkit::golden::Golden;
use conduit_testkit::random::Random;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::model_files::Place;
use crate::mutate;
use crate::run::fuzz;

/// Inputs for each of the formats.
const INPUTS: usize = 150;

fn copy_of(golden: &Golden) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(golden.folder.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// Writes a file of its own: the one before may still be mapped.
fn replace(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn how_weights_are_quantised() {
    for golden in Golden::quantized() {
        let (folder, place) = (copy_of(&golden), Place::new());
        let file = folder.path().join("config.json");
        let config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let make = |random: &mut Random| {
            let mut config = config.clone();
            let quantization = config["quantization_config"].take();
            config["quantization_config"] = mutate::json(quantization, random);
            config.to_string().into_bytes()
        };
        fuzz(&format!("config-{}", golden.name), INPUTS, make, |input| {
            replace(&file, input);
            place.try_folder(folder.path())
        });
    }
}

/// A file of weights in its parts.
struct Weights {
    header: Value,
    data: Vec<u8>,
}

impl Weights {
    fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap();
        let (length, rest) = bytes.split_first_chunk().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        Self { header: serde_json::from_slice(header).unwrap(), data: data.to_vec() }
    }

    fn bytes(header: &Value, data: &[u8]) -> Vec<u8> {
        let header = header.to_string();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
    }

    /// One of the tensors of the layers that are quantised.
    fn tensor(&self, random: &mut Random) -> &str {
        let names = self.header.as_object().unwrap().keys().map(String::as_str);
        let names: Vec<&str> = names.filter(|name| is_of_quantized_layer(name)).collect();
        random.pick::<&str>(&names)
    }

    /// The file with some of what makes readers stumble.
    fn changed(&self, random: &mut Random) -> Vec<u8> {
        let name = self.tensor(random);
        let (mut header, mut data) = (self.header.clone(), self.data.clone());
        let offset = |end: usize| header[name]["data_offsets"][end].as_u64().unwrap() as usize;
        let range = offset(0)..offset(1);
        match random.below(6) {
            0 => {
                let bytes = &mut data[range];
                let word = random.below(bytes.len().div_ceil(4));
                let strange = random.pick(&STRANGE_WORDS).to_le_bytes();
                bytes[4 * word..].iter_mut().zip(strange).for_each(|(byte, strange)| *byte = strange);
            }
            1 => data[range].fill(*random.pick(&[0, 0x7F, 0x80, 0xFF])),
            2 => {
                let dtypes = ["F8_E4M3", "F8_E5M2", "I8", "I32", "I64", "F16", "BF16", "F32"];
                header[name]["dtype"] = json!(random.pick(&dtypes));
            }
            3 => {
                let shape = header[name]["shape"].as_array_mut().unwrap();
                shape.reverse();
                if random.chance(50) {
                    shape.push(json!(1));
                }
            }
            4 => {
                // Another tensor's bytes, which both then claim.
                header[name]["data_offsets"] = self.header[self.tensor(random)]["data_offsets"].clone();
            }
            _ => {
                header = mutate::json(header, random);
                data.truncate(data.len() - random.below(2) * random.below(data.len()));
            }
        }
        Self::bytes(&header, &data)
    }
}

/// NaN and infinity in 16 and 32 bits, the largest numbers, and whole numbers that no index may be.
const STRANGE_WORDS: [u32; 9] = [
    0x7FC0_7E00,
    0x7F80_0000,
    0xFF80_7C00,
    0x7F7F_FFFF,
    0x7BFF_7BFF,
    u32::MAX,
    i32::MAX as u32,
    i32::MIN as u32,
    1 << 20,
];

fn is_of_quantized_layer(name: &str) -> bool {
    name.contains("_proj.") && !name.ends_with(".bias")
}

#[test]
fn weights_that_are_quantised() {
    for golden in Golden::quantized() {
        let (folder, place) = (copy_of(&golden), Place::new());
        let file = folder.path().join("model.safetensors");
        let weights = Weights::read(&file);
        let make = |random: &mut Random| weights.changed(random);
        fuzz(&format!("weights-{}", golden.name), INPUTS, make, |input| {
            replace(&file, input);
            place.try_folder(folder.path())
        });
    }
}
