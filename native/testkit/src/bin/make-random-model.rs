//! Writes a model for tests and benchmarks: Qwen3 architecture, random weights, and a tokenizer learned from a built-in text
//! or taken from a folder.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use conduit_testkit::model::{PublishedFormat, Thinking, TinyModel, Written};

#[derive(Parser)]
#[command(name = "make-random-model", about)]
struct Arguments {
    /// The Hugging Face folder to write; made with its parents.
    folder: PathBuf,
    /// Decides the weights; the same seed gives the same bytes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Whether it reasons before it answers.
    #[arg(long, value_enum, default_value_t = Thinking::Never)]
    thinking: Thinking,
    /// Makes it as large as Qwen3-0.6B, 1.2 GB, with the tokenizer of this Hugging Face folder, which is Qwen3's.
    #[arg(long, value_name = "TOKENIZER_FOLDER", conflicts_with = "thinking")]
    qwen3_0_6b: Option<PathBuf>,
    /// Takes the tokenizer of this Hugging Face folder for the small model.
    #[arg(long, value_name = "TOKENIZER_FOLDER", conflicts_with_all = ["thinking", "qwen3_0_6b"])]
    tokenizer: Option<PathBuf>,
    /// Makes its layers as large as those of Qwen3-0.6B, 0.9 GB, with the small vocabulary.
    #[arg(long, conflicts_with = "qwen3_0_6b")]
    qwen3_0_6b_layers: bool,
    /// Stores the matrices of its layers as a publisher would have quantised them, instead of in bf16.
    #[arg(long, value_enum)]
    format: Option<PublishedFormat>,
}

fn main() -> ExitCode {
    let Arguments { folder, seed, thinking, qwen3_0_6b, tokenizer, qwen3_0_6b_layers, format } =
        Arguments::parse();
    let layers = if qwen3_0_6b_layers { TinyModel::qwen3_0_6b_layers() } else { TinyModel::default() };
    let small = TinyModel { tokenizer, ..layers };
    let shape = qwen3_0_6b.map_or(small, TinyModel::qwen3_0_6b);
    match (TinyModel { seed, thinking, published_format: format, ..shape }).write(&folder) {
        Ok(Written::New) => println!("wrote {}", folder.display()),
        Ok(Written::Unchanged) => println!("{} is up to date", folder.display()),
        Err(error) => {
            eprintln!("make-random-model: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
