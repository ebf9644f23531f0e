//! Writes a model for tests: Qwen3 architecture, random weights, a tokenizer learned from a built-in text.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use conduit_testkit::model::{Thinking, TinyModel, Written};

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
}

fn main() -> ExitCode {
    let Arguments { folder, seed, thinking } = Arguments::parse();
    match (TinyModel { seed, thinking, ..TinyModel::default() }).write(&folder) {
        Ok(Written::New) => println!("wrote {}", folder.display()),
        Ok(Written::Unchanged) => println!("{} is up to date", folder.display()),
        Err(error) => {
            eprintln!("make-random-model: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
