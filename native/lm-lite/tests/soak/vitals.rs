//! What a server holds, from the outside.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::Outgoing;
use crate::common::{KEY, Server};
use crate::models::NAMES;

/// Threads that wait for blocking work go after 10 seconds.
const SETTLES_WITHIN: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vitals {
    pub descriptors: usize,
    pub threads: usize,
    /// Resident memory without that of KV caches, which the budget bounds.
    pub resident_kib: usize,
}

impl Vitals {
    pub fn read(server: &Server, extents: usize) -> Self {
        let folder = format!("/proc/{}", server.pid());
        let count = |name: &str| fs::read_dir(format!("{folder}/{name}")).unwrap().count();
        let maps = fs::read_to_string(format!("{folder}/smaps")).unwrap();
        Self { descriptors: count("fd"), threads: count("task"), resident_kib: resident_kib(&maps, extents) }
    }

    /// Waits until the server holds nothing for anybody, and no more descriptors and threads than at its start.
    pub fn settled(server: &Server, extents: usize, at_start: Self) -> Self {
        let start = Instant::now();
        loop {
            let (vitals, metrics) = (Self::read(server, extents), Metrics::read(server.port));
            let held = ["lm_lite_kv_pages_held", "lm_lite_requests_running", "lm_lite_requests_waiting"]
                .map(|name| metrics.sum(name));
            let is_idle = held.iter().all(|&held| held == 0.0);
            // A reading of the metrics has a connection of its own, which may not be closed yet.
            let left = (
                vitals.descriptors.saturating_sub(at_start.descriptors),
                vitals.threads.saturating_sub(at_start.threads),
            );
            if is_idle && left == (0, 0) {
                return vitals;
            }
            assert!(
                start.elapsed() < SETTLES_WITHIN,
                "pages held, running, waiting: {held:?}; descriptors and threads beyond those at the start: {left:?}"
            );
            sleep(Duration::from_millis(100));
        }
    }
}

/// All of a process's own resident memory but that of the KV range: the one map without a name that has room for this many
/// extents, or for more where the system has joined it with a neighbour.
fn resident_kib(maps: &str, extents: usize) -> usize {
    let field = |line: &str, name: &str| {
        line.strip_prefix(name)?.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()
    };
    let (mut has_name, mut size_kib, mut resident_kib) = (false, 0, 0);
    for line in maps.lines() {
        let columns: Vec<_> = line.split_ascii_whitespace().collect();
        if columns[0].contains('-') {
            // Range, rights, offset, device, inode.
            has_name = columns.len() > 5;
        }
        size_kib = field(line, "Size:").unwrap_or(size_kib);
        let is_kv_range = !has_name && size_kib >= extents * (32 << 10);
        resident_kib += field(line, "Anonymous:").filter(|_| !is_kv_range).unwrap_or_default();
    }
    resident_kib
}

/// What a server says of itself.
pub struct Metrics(String);

impl Metrics {
    pub fn read(port: u16) -> Self {
        let request = Outgoing { method: "GET", key: KEY, ..Outgoing::post("/metrics", Vec::new()) };
        Self(request.send(port).unwrap().text().unwrap())
    }

    /// Of one model, with all outcomes together.
    pub fn of(&self, model: &str, name: &str) -> f64 {
        let (start, label) = (format!("{name}{{"), format!("model=\"{model}\""));
        let lines = self.0.lines().filter(|line| line.starts_with(&start) && line.contains(&label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    pub fn sum(&self, name: &str) -> f64 {
        NAMES.iter().map(|model| self.of(model, name)).sum()
    }
}
