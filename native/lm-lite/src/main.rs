//! `lm-lite`: see `lm-lite serve --help`.

#[cfg(target_os = "linux")]
mod allocator;

use std::io::IsTerminal;
use std::process::exit;

use clap::Parser;
use lm_lite::{Cli, Command, Health, LogFormat, ServeArguments, ask_health};
use tracing_subscriber::EnvFilter;

fn main() {
    match Cli::parse().command {
        Command::Serve(arguments) => serve(*arguments),
        Command::Health(arguments) => {
            let health = ask_health(&arguments);
            println!("{health}");
            exit(i32::from(!matches!(health, Health::Good(_))));
        }
    }
}

fn serve(arguments: ServeArguments) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match arguments.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
    let served = arguments.into_options().and_then(|options| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served = runtime.block_on(lm_lite::serve(options));
        // Never dropped: that would wait for the step that is running, or for a download.
        std::mem::forget(runtime);
        served
    });
    match served {
        Ok(end) => {
            tracing::info!("ended: {end}");
            exit(0);
        }
        Err(error) => {
            tracing::error!("{error}");
            exit(error.exit_code());
        }
    }
}
