use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// What the checks gave, line by line: stage, name, value, unit or limit, verdict.
pub struct Report {
    file: Option<File>,
    stage: &'static str,
    failures: usize,
}

impl Report {
    /// Appends to the file, so that a stage that ends the process loses no other's lines.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.with_context(|| path.display().to_string())
        };
        Ok(Self { file: path.map(open).transpose()?, stage: "", failures: 0 })
    }

    pub fn begin(&mut self, stage: &'static str) {
        self.stage = stage;
    }

    /// Checks that failed so far.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Something that is neither right nor wrong.
    pub fn fact(&mut self, name: impl Display, value: impl Display) {
        self.line(&name, &value, &"", "-");
    }

    /// A number that is neither right nor wrong.
    pub fn number(&mut self, name: impl Display, value: f64, unit: &str) {
        let value = if value.abs() < 100.0 { format!("{value:.4}") } else { format!("{value:.1}") };
        self.line(&name, &value, &unit, "-");
    }

    /// A number that may be at most `limit`; one that is no number fails.
    pub fn at_most(&mut self, name: impl Display, value: f64, limit: f64) {
        let verdict = self.judge(value <= limit);
        self.line(&name, &format!("{value:.3e}"), &format!("<= {limit:.0e}"), verdict);
    }

    /// Whether two things are the same.
    pub fn equal<T: PartialEq + Display>(&mut self, name: impl Display, value: T, expected: T) {
        let verdict = self.judge(value == expected);
        self.line(&name, &value, &format!("= {expected}"), verdict);
    }

    /// What kept something from being checked.
    pub fn failed(&mut self, name: impl Display, reason: impl Display) {
        let verdict = self.judge(false);
        self.line(&name, &reason, &"", verdict);
    }

    fn judge(&mut self, is_right: bool) -> &'static str {
        self.failures += usize::from(!is_right);
        if is_right { "ok" } else { "FAILED" }
    }

    fn line(&mut self, name: &dyn Display, value: &dyn Display, unit: &dyn Display, verdict: &str) {
        let line = format!("{}\t{name}\t{value}\t{unit}\t{verdict}", self.stage).replace('\n', " / ");
        println!("{line}");
        if let Some(file) = &mut self.file {
            // What was printed is there all the same.
            let _ = writeln!(file, "{line}");
        }
    }
}
