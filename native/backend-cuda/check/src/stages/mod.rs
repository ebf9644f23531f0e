mod facts;
mod faults;
mod goldens;
mod memory;
mod numbers;
mod random_model;
mod requests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::machine::Machine;
use crate::report::Report;

/// A part of the checks that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// What the device is.
    Facts,
    /// Logits and greedy tokens of tiny models against the reference implementation.
    Goldens,
    /// A model of a real size against the CPU backend.
    RandomModel,
    /// Many requests of two models through the engine.
    Requests,
    /// Models that come and go, and what the device's memory says to it.
    Memory,
    /// Errors of the device, told apart and kept.
    Faults,
    /// How fast it is.
    Numbers,
}

impl Stage {
    pub const ALL: [Self; 7] = [
        Self::Facts,
        Self::Goldens,
        Self::RandomModel,
        Self::Requests,
        Self::Memory,
        Self::Faults,
        Self::Numbers,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Goldens => "goldens",
            Self::RandomModel => "random-model",
            Self::Requests => "requests",
            Self::Memory => "memory",
            Self::Faults => "faults",
            Self::Numbers => "numbers",
        }
    }
}

/// What the stages work with.
pub struct Context<M> {
    pub machine: M,
    pub goldens: PathBuf,
    /// Folder for models that are made.
    pub models: PathBuf,
}

/// Runs the stages one after the other, whatever becomes of each.
pub fn run<M: Machine>(stages: &[Stage], context: &Context<M>, report: &mut Report) {
    for stage in stages {
        report.begin(stage.name());
        let (start, failures) = (Instant::now(), report.failures());
        attempt("stage", report, |report| run_stage(*stage, context, report));
        let failures = report.failures() - failures;
        let seconds = start.elapsed().as_secs_f64();
        report.fact("end", format!("{failures} failed, {seconds:.1} s"));
    }
}

fn run_stage<M: Machine>(stage: Stage, context: &Context<M>, report: &mut Report) -> Result<()> {
    match stage {
        Stage::Facts => facts::run(context, report),
        Stage::Goldens => goldens::run(context, report),
        Stage::RandomModel => random_model::run(context, report),
        Stage::Requests => requests::run(context, report),
        Stage::Memory => memory::run(context, report),
        Stage::Faults => faults::run(context, report),
        Stage::Numbers => numbers::run(context, report),
    }
}

/// Tells of what fails, panics included, and goes on.
fn attempt(name: &str, report: &mut Report, work: impl FnOnce(&mut Report) -> Result<()>) {
    match catch_unwind(AssertUnwindSafe(|| work(report))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => report.failed(name, format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            report.failed(name, format!("panicked: {}", text.unwrap_or("without a message")));
        }
    }
}
