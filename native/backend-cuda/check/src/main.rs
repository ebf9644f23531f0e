//! `cuda-check`: what is left to check once there is a GPU. See native/backend-cuda/README.md.

mod device;
mod machine;
mod models;
mod random;
mod report;
mod stages;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use machine::Gpu;
use report::Report;
use stages::{Context, Stage};

#[derive(Parser)]
#[command(name = "cuda-check", about, version)]
struct Arguments {
    /// cuda:N, or, in a build with the feature `host`, host: the kernels as they run on the CPU, with smaller models.
    #[arg(long, default_value = "cuda:0")]
    device: String,
    /// Stages to run, in this order; all of them by default.
    #[arg(long, value_delimiter = ',', value_enum)]
    stages: Vec<Stage>,
    /// The folder native/goldens/models.
    #[arg(long, default_value = "goldens")]
    goldens: PathBuf,
    /// Folder for the models that are made, 1.3 GB.
    #[arg(long, default_value = "/tmp/conduit-cuda-check")]
    models: PathBuf,
    /// File to append the results to, as tab-separated values.
    #[arg(long)]
    report: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => {
            eprintln!("{failures} checks failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cuda-check: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Number of checks that failed.
fn run(arguments: Arguments) -> anyhow::Result<usize> {
    let Arguments { device, stages, goldens, models, report } = arguments;
    let stages = if stages.is_empty() { Stage::ALL.to_vec() } else { stages };
    let mut report = Report::open(report.as_deref())?;
    if let Some(index) = device.strip_prefix("cuda:") {
        let context = Context { machine: Gpu { index: index.parse()? }, goldens, models };
        stages::run(&stages, &context, &mut report);
        return Ok(report.failures());
    }
    #[cfg(feature = "host")]
    if device == "host" {
        let context = Context { machine: machine::Host, goldens, models };
        stages::run(&stages, &context, &mut report);
        return Ok(report.failures());
    }
    anyhow::bail!("expected cuda:N, or host in a build with the feature `host`, got {device:?}")
}
