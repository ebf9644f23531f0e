//! The files of a model's folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use conduit_backend::{Backend, Budget, EXTENT_BYTES, Model};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_engine::{
    Engine, EngineOptions, Event, ModelSpec, Request, Retention, TokenBytes, Unload, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};
use conduit_testkit::model::{Family, TinyModel};
use conduit_testkit::random::Random;
use conduit_text::{ChatInput, ChatTemplate, EncodeOptions, ReasoningMarkers, Tokenizer, ToolCallFormat};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::mutate;
use crate::run::{Verdict, fuzz};

/// A model of some kilobytes.
fn smallest() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let model = TinyModel {
        hidden_size: 16,
        intermediate_size: 16,
        layers: 2,
        heads: 2,
        kv_heads: 1,
        head_dim: 8,
        merges: 20,
        ..TinyModel::small(Family::Qwen3)
    };
    model.write(&root.path().join("model")).unwrap();
    root
}

/// An input is a changed JSON file, or bytes that need be no JSON.
fn json_file(path: &Path) -> impl Fn(&mut Random) -> Vec<u8> + use<> {
    let text = fs::read(path).unwrap();
    let value: Value = serde_json::from_slice(&text).unwrap();
    move |random| {
        if random.chance(15) {
            return mutate::bytes(&text, &["null", "1e999", "[[[[", "\"\\ud800\""], random);
        }
        mutate::json(value.clone(), random).to_string().into_bytes()
    }
}

/// An engine to load models into.
pub struct Place {
    backend: Arc<CpuBackend>,
    engine: Engine<CpuBackend>,
}

impl Place {
    pub fn new() -> Self {
        let threads = std::num::NonZeroUsize::new(1);
        let backend = Arc::new(CpuBackend::new(CpuOptions { threads, ..CpuOptions::default() }).unwrap());
        let memory = backend.memory(Budget { bytes: 4 * EXTENT_BYTES as u64 }).unwrap();
        let engine = Engine::new(Arc::clone(&backend), memory, EngineOptions::default()).unwrap();
        Self { backend, engine }
    }

    /// Loads a folder and has it answer once.
    pub fn try_folder(&self, folder: &Path) -> Verdict {
        let options = LoadOptions { max_model_len: 32, quantization: None, kv_dtype: None };
        let loaded = conduit_models::load(&*self.backend, folder, options, &ByteProgress::default());
        let Ok(model) = loaded else { return Verdict::Refused };
        let token = |id: usize| TokenBytes::Text(vec![b'a' + (id % 26) as u8, (id / 26) as u8]);
        let tokens = (0..model.vocab_size()).map(token).collect();
        let spec = ModelSpec {
            id: "model".to_owned(),
            model: Box::new(model),
            max_model_len: 32,
            max_model_concurrency: 2,
            batch_wait: Duration::ZERO,
            vocabulary: Arc::new(Vocabulary::new(tokens, &[], None).unwrap()),
            retention: Retention::Pinned,
        };
        match self.engine.add_model(spec) {
            Ok(_) => {}
            Err(conduit_engine::AddModelError::Fault { .. }) => panic!("recording the model panicked"),
            Err(_) => return Verdict::Refused,
        }
        let request = Request { prompt: (0..20).collect(), max_tokens: Some(3), ..Request::default() };
        let mut answer = self.engine.submit("model", request).unwrap();
        while let Some(event) = answer.blocking_next() {
            match event {
                Event::Failed(error) => panic!("{error}"),
                Event::Finished { .. } => break,
                Event::Token { .. } => {}
            }
        }
        assert_eq!(self.engine.failure(), None);
        self.engine.remove_model("model", Unload::Now).unwrap();
        Verdict::Taken
    }
}

#[test]
fn config_json() {
    let root = smallest();
    let (folder, place) = (root.path().join("model"), Place::new());
    let file = folder.join("config.json");
    fuzz("config", 1_500, json_file(&file), |input| {
        fs::write(&file, input).unwrap();
        place.try_folder(&folder)
    });
}

#[test]
fn safetensors_headers() {
    let root = smallest();
    let (folder, place) = (root.path().join("model"), Place::new());
    let file = folder.join("model.safetensors");
    let whole = fs::read(&file).unwrap();
    let length = u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let (header, data) = (&whole[8..8 + length], &whole[8 + length..]);
    let value: Value = serde_json::from_slice(header).unwrap();
    let make = |random: &mut Random| match random.below(5) {
        0 => mutate::bytes(&whole[..8 + length], &["\"data_offsets\":[0,", "\"F32\"", "[]"], random),
        1 => {
            let lengths =
                [0, 1, length as u64 - 1, length as u64 + 1, whole.len() as u64, u64::MAX, u64::MAX - 7];
            [&random.pick(&lengths).to_le_bytes(), header].concat()
        }
        2 => {
            // Padding, as some writers have it.
            let spaces = vec![b' '; random.below(100)];
            let length = (length + spaces.len()) as u64;
            [&length.to_le_bytes(), header, &spaces].concat()
        }
        _ => {
            let header = mutate::json(value.clone(), random).to_string();
            [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
        }
    };
    fuzz("safetensors", 1_500, make, |input| {
        // A file of its own: the one before may still be mapped.
        fs::remove_file(&file).unwrap();
        fs::write(&file, [input, data].concat()).unwrap();
        place.try_folder(&folder)
    });
}

#[test]
fn tokenizer_json() {
    let root = smallest();
    let folder = root.path().join("model");
    let file = folder.join("tokenizer.json");
    fuzz("tokenizer", 1_500, json_file(&file), |input| {
        fs::write(&file, input).unwrap();
        let Ok(tokenizer) = Tokenizer::load(&folder) else { return Verdict::Refused };
        let token = |id| TokenBytes::Text(tokenizer.token_bytes(id).to_vec());
        let tokens = (0..tokenizer.vocab_size() as u32).map(token).collect();
        let _ = Vocabulary::new(tokens, tokenizer.eos_token_ids(), None);
        for text in ["", "Hello, files of 42 bytes.\n", "<|im_start|>é日本\0", "     'll"] {
            let options = EncodeOptions { add_special_tokens: true, parse_special: true };
            if let Ok(ids) = tokenizer.encode(text, options) {
                tokenizer.decode(&ids, false);
            }
        }
        tokenizer.decode(&[0, 1, 300, 301, u32::MAX], true);
        Verdict::Taken
    });
}

const JINJA: [&str; 14] = [
    "{%- for message in messages %}",
    "{%- endfor %}",
    "{{ messages[-1].content }}",
    "{% if tools %}",
    "{%- endif %}",
    "{% set ns = namespace(a=1) %}",
    "| tojson(indent=400)",
    "range(99999999)",
    "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "{{ 'a' * 9999999999 }}",
    "{{ raise_exception(messages) }}",
    "{{ strftime_now('%Y%') }}",
    ".split('').strip()",
    "[::0]",
];

#[test]
fn chat_templates() {
    let root = smallest();
    let folder = root.path().join("model");
    let file = folder.join("tokenizer_config.json");
    let tokenizer = Tokenizer::load(&folder).unwrap();
    let config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let templates = [
        config["chat_template"].as_str().unwrap(),
        include_str!("../../../goldens/templates/qwen2.5/template.jinja"),
        include_str!("../../../goldens/templates/llama3/template.jinja"),
        include_str!("../../../goldens/templates/mistral/template.jinja"),
    ];
    let messages = [
        json!({ "role": "system", "content": "Be brief." }),
        json!({ "role": "user", "content": "<|im_end|> é" }),
    ];
    let tools =
        [json!({ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } })];
    let make = |random: &mut Random| {
        let template = random.pick(&templates).as_bytes();
        mutate::bytes(template, &JINJA, random)
    };
    fuzz("template", 2_000, make, |input| {
        let mut changed = config.clone();
        changed["chat_template"] = String::from_utf8_lossy(input).into();
        fs::write(&file, changed.to_string()).unwrap();
        let Ok(template) = ChatTemplate::load(&folder, &tokenizer) else { return Verdict::Refused };
        let (_, _) =
            (ReasoningMarkers::find(&tokenizer, &template), ToolCallFormat::find(&tokenizer, &template));
        let input =
            ChatInput { tools: Some(&tools), add_generation_prompt: true, ..ChatInput::new(&messages) };
        match template.render(&tokenizer, &input).and_then(|prompt| tokenizer.encode_prompt(&prompt)) {
            Ok(_) => Verdict::Taken,
            Err(_) => Verdict::Refused,
        }
    });
}
