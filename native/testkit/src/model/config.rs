use conduit_backend::DType;
use serde_json::{Value, json};

use super::{Family, TinyModel, tokenizer::SpecialTokens};

/// config.json as transformers writes it for the family.
pub(crate) fn config(model: &TinyModel, vocab_size: usize, special: &SpecialTokens) -> Value {
    let torch_dtype = match model.dtype {
        DType::F32 => "float32",
        DType::F16 => "float16",
        DType::BF16 => "bfloat16",
    };
    let mut config = json!({
        "architectures": [model.family.architecture()],
        "model_type": model.family.model_type(),
        "bos_token_id": special.end_of_text,
        "eos_token_id": special.end_of_turn,
        "head_dim": model.head_dim,
        "hidden_act": "silu",
        "hidden_size": model.hidden_size,
        "intermediate_size": model.intermediate_size,
        "max_position_embeddings": model.max_position_embeddings,
        "num_attention_heads": model.heads,
        "num_hidden_layers": model.layers,
        "num_key_value_heads": model.kv_heads,
        "rms_norm_eps": 1e-6,
        "rope_scaling": null,
        "rope_theta": 1_000_000.0,
        "tie_word_embeddings": model.tied_head,
        "torch_dtype": torch_dtype,
        "use_cache": true,
        "vocab_size": vocab_size,
    });
    match model.family {
        Family::Llama => {
            config["attention_bias"] = json!(false);
            config["mlp_bias"] = json!(false);
        }
        Family::Mistral => config["sliding_window"] = Value::Null,
        Family::Qwen2 => config["use_sliding_window"] = json!(false),
        Family::Qwen3 => {
            config["attention_bias"] = json!(false);
            config["use_sliding_window"] = json!(false);
        }
    }
    if let Some(format) = model.published_format {
        config["quantization_config"] = format.config();
    }
    config
}

/// generation_config.json: both ends, that of a turn and that of a text, stop the answer.
pub(crate) fn generation_config(special: &SpecialTokens) -> Value {
    json!({
        "bos_token_id": special.end_of_text,
        "do_sample": true,
        "eos_token_id": [special.end_of_turn, special.end_of_text],
        "pad_token_id": special.end_of_text,
        "temperature": 0.7,
        "top_k": 20,
        "top_p": 0.8,
    })
}
