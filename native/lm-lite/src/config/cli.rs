use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use conduit_backend::{KvDType, Quantization};
use conduit_backend_cpu::Isa;

use super::DeviceChoice;
use super::memory_limit::parse_bytes;
use super::model_config::parse_kv_dtype;

/// `None` is `auto`. An alias, since clap takes a written `Option` for a flag that may be left out.
pub type KvDTypeChoice = Option<KvDType>;

/// LM Lite runs several language models in one process and answers as OpenAI's API does.
#[derive(Debug, Parser)]
#[command(name = "lm-lite", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves models over HTTP.
    ///
    /// LM_LITE_API_KEY holds the bearer key that everything but /health asks for, or LM_LITE_API_KEY_FILE names a file
    /// with it. HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_ENDPOINT and HF_TOKEN mean what they mean to Hugging Face's own
    /// tools. RUST_LOG sets what is logged.
    ///
    /// CONDUIT_END_REQUESTS says how to end the machine, where it goes on, and costs, without this process: a JSON array of
    /// {"method", "url", "headers", "body"}, in which ${NAME} stands for an environment variable. Instead of exiting after
    /// --idle-timeout or --max-lifetime the process then sends these requests, again and again until it is killed.
    Serve(Box<ServeArguments>),

    /// Asks a server of this machine how it is, and prints what /health says.
    ///
    /// The exit code is 0 where it is ready, and else 1.
    Health(HealthArguments),
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Address to listen on; addresses other than those of this machine alone need LM_LITE_API_KEY.
    #[arg(long, env = "LM_LITE_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen on; 0 takes a free one, see --port-file.
    #[arg(long, env = "LM_LITE_PORT", default_value_t = 8000)]
    pub port: u16,
    /// File that the port is written to, as decimal digits, once the server listens.
    #[arg(long)]
    pub port_file: Option<PathBuf>,
    /// Where models are computed: auto takes the first NVIDIA GPU that works, or else the CPU; cuda:N exits with code 3
    /// where that GPU cannot be used.
    #[arg(long, env = "LM_LITE_DEVICE", value_name = "auto|cpu|cuda:N", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
    /// With --device auto, exits with code 3 where no GPU works, instead of taking the CPU.
    #[arg(long, env = "CONDUIT_REQUIRE_GPU", value_parser = FalseyValueParser::new())]
    pub require_gpu: bool,
    /// On a GPU, makes answers independent of what else runs in the batch, to the bit; on the CPU they always are.
    #[arg(long)]
    pub deterministic: bool,
    /// A model: a folder, a GGUF file, or an id in the Hugging Face cache, with an optional name that requests call it by. May be
    /// given several times. Without it the environment variable MODELS is read, a JSON array of {"id", "max_model_len",
    /// "max_model_concurrency", "model_batch_execute_timeout_ms", "revision", "quantization", "kv_dtype", "lazy",
    /// "pinned", "idle_unload_seconds"}.
    #[arg(long = "model", value_name = "ID_OR_FOLDER[=NAME]")]
    pub models: Vec<String>,
    /// Longest sequence of each --model in tokens, prompt and answer together.
    #[arg(long, default_value_t = 1024)]
    pub max_model_len: usize,
    /// Largest running batch of each --model.
    #[arg(long, default_value_t = 1)]
    pub max_model_concurrency: usize,
    /// Brings the weights of each --model to int8 or int4 as they are loaded; on the CPU only.
    #[arg(long, value_name = "int8|int4")]
    pub quantization: Option<Quantization>,
    /// What the KV cache of each --model is kept as: by default the type of its weights. fp8 and int8 take half of the memory
    /// of 16 bits, and are for the CPU only.
    #[arg(long, value_name = "auto|bfloat16|float16|float32|fp8|int8", value_parser = parse_kv_dtype, default_value = "auto")]
    pub kv_dtype: KvDTypeChoice,
    /// Loads each --model with the first request for it, and not at the start.
    #[arg(long)]
    pub lazy: bool,
    /// Never unloads a --model, not even where it is asked to.
    #[arg(long, conflicts_with = "idle_unload")]
    pub pin: bool,
    /// Unloads each --model this long after its last request; the next one loads it again.
    #[arg(long, value_parser = parse_seconds, value_name = "SECONDS")]
    pub idle_unload: Option<Duration>,
    /// Threads that compute on the CPU; as many as the process may run on by default.
    #[arg(long)]
    pub threads: Option<NonZeroUsize>,
    /// Instruction set of the CPU's kernels: amx-bf16, avx512-bf16, avx512-vnni, avx512, avx2 or portable; the best that the CPU has by
    /// default. Those with bf16 in their name round what a layer with bf16 weights is given to bf16.
    #[arg(long, value_name = "NAME")]
    pub cpu_isa: Option<Isa>,
    /// Memory for the KV caches and packed weights of all models, such as 8GiB; four fifths of what is available by
    /// default, and nine tenths of what is free on a GPU.
    #[arg(long, value_parser = parse_bytes, value_name = "BYTES")]
    pub memory_limit: Option<u64>,
    /// Unix socket on which processes hold this one: each connection is a holder until it closes, and the server sends a
    /// newline on it once it counts.
    #[arg(long)]
    pub holders: Option<PathBuf>,
    /// Standard input is a holder until it ends.
    #[arg(long)]
    pub holders_stdin: bool,
    /// Ends the process this long after its last holder has gone, at once by default; without --holders and
    /// --holders-stdin this long after the last request has ended, never by default.
    #[arg(long, env = "CONDUIT_IDLE_TIMEOUT_SECONDS", value_parser = parse_seconds, value_name = "SECONDS")]
    pub idle_timeout: Option<Duration>,
    /// Ends the process this long after its start, whatever happens.
    #[arg(long, env = "CONDUIT_MAX_LIFETIME_SECONDS", value_parser = parse_seconds, value_name = "SECONDS")]
    pub max_lifetime: Option<Duration>,
    /// How long running requests may go on after SIGTERM or SIGINT.
    #[arg(
        long,
        env = "LM_LITE_DRAIN_TIMEOUT_SECONDS",
        default_value = "5",
        value_parser = parse_seconds,
        value_name = "SECONDS"
    )]
    pub drain_timeout: Duration,
    /// How long a client may take to send more of its request, or to take more of its answer.
    #[arg(long, default_value = "60", value_parser = parse_seconds, value_name = "SECONDS")]
    pub client_timeout: Duration,
    /// How the log on standard error looks; it never has prompts or answers.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// Which server is asked how it is.
#[derive(Debug, Args)]
pub struct HealthArguments {
    /// Address that the server listens on.
    #[arg(long, env = "LM_LITE_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port that the server listens on.
    #[arg(long, env = "LM_LITE_PORT", default_value_t = 8000)]
    pub port: u16,
    /// Asks only whether the server answers, whatever its models are at.
    #[arg(long)]
    pub alive: bool,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("expected a number of seconds, got {text:?}"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seconds_are_positive_numbers() {
        assert_eq!(parse_seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["-1", "NaN", "1e300", "soon", ""] {
            assert!(parse_seconds(wrong).is_err(), "{wrong}");
        }
    }
}
