//! Thousands of mixed requests to one server with three models and memory for a third of what they ask for.
//!
//! Every answer has to be the one that a quiet server gives, every refusal an error object of the right status and code, and
//! in the end nothing may be held. The requests follow from a seed, which is printed.
//!
//! `cargo test` runs a short one; 10,000 requests, as with `CONDUIT_FULL=1`:
//! `CONDUIT_SOAK_REQUESTS=10000 CONDUIT_SOAK_SEED=1 cargo test --release -p lm-lite --test soak -- --nocapture`.
//! `CONDUIT_SOAK_DEVICE=cuda:0` has the models computed on a GPU, to the same bits whatever the batch.
#![cfg(target_os = "linux")]

mod answer;
mod ask;
mod client;
#[path = "../common/mod.rs"]
mod common;
mod models;
mod perform;
mod plan;
mod refusal;
mod vitals;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use answer::Answer;
use common::Server;
use models::{CONCURRENCY, NAMES};
use perform::{ask_quietly, perform};
use plan::Plan;
use vitals::{Metrics, Vitals};

/// For the caches of all models together; full batches of all three would take about nine.
const EXTENTS: usize = 3;
/// Enough for any one request, and for all that may be kept for later ones.
const AMPLE_EXTENTS: usize = 12;
/// Who asks at the same time: more than have a place.
const CLIENTS: usize = CONCURRENCY * NAMES.len() * 5 / 4;
/// What the memory outside the KV caches may grow by, from a third of the requests to the end.
const GROWTH_KIB: usize = 24 << 10;
const MOST_FAILURES: usize = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number, got {text:?}")))
}

#[test]
fn every_answer_under_load_is_that_of_a_quiet_server_and_nothing_is_left_behind() {
    let default = if std::env::var_os("CONDUIT_FULL").is_some() { 10_000 } else { 200 };
    let count = number("CONDUIT_SOAK_REQUESTS").map_or(default, |count| count as usize);
    let seed = number("CONDUIT_SOAK_SEED").unwrap_or(1);
    println!("soak: seed {seed}, {count} requests, {CLIENTS} clients");
    let root = tempfile::tempdir().unwrap();
    models::write(root.path());
    let plans: Vec<Plan> = (0..count).map(|index| Plan::new(seed, index)).collect();

    let quiet = models::start(root.path(), AMPLE_EXTENTS, 1);
    let expected: Vec<Option<Answer>> = plans
        .iter()
        .map(|plan| {
            Some(ask_quietly(quiet.port, plan.ask()?).unwrap_or_else(|error| panic!("{plan:?}: {error}")))
        })
        .collect();
    drop(quiet);

    // Sums do not depend on the number of threads either.
    let mut server = models::start(root.path(), EXTENTS, 2);
    let at_start = Vitals::read(&server, EXTENTS);
    let soak =
        Soak { port: server.port, plans, expected, counts: Mutex::default(), failures: Mutex::default() };
    soak.run(0..count / 3);
    let after_a_third = Vitals::settled(&server, EXTENTS, at_start);
    soak.run(count / 3..count);
    let at_end = Vitals::settled(&server, EXTENTS, at_start);
    assert!(server.is_running() && server.health()["ready"] == true);
    println!("at the start {at_start:?}\nafter a third {after_a_third:?}\nat the end {at_end:?}");
    soak.report();
    check_pressure(&server);
    let growth_kib = at_end.resident_kib.saturating_sub(after_a_third.resident_kib);
    assert!(growth_kib <= GROWTH_KIB, "memory grew by {growth_kib} KiB, {GROWTH_KIB} are allowed");
}

struct Soak {
    port: u16,
    plans: Vec<Plan>,
    /// What a quiet server answers, where it does.
    expected: Vec<Option<Answer>>,
    counts: Mutex<BTreeMap<&'static str, usize>>,
    failures: Mutex<Vec<String>>,
}

impl Soak {
    /// Carries out these plans, many at a time.
    fn run(&self, indices: Range<usize>) {
        let next = AtomicUsize::new(indices.start);
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= indices.end || self.failures.lock().unwrap().len() >= MOST_FAILURES {
                            return;
                        }
                        match perform(self.port, &self.plans[index], self.expected[index].as_ref()) {
                            Ok(outcome) => *self.counts.lock().unwrap().entry(outcome).or_default() += 1,
                            Err(error) => {
                                let failure = format!("request {index}, {:?}: {error}", self.plans[index]);
                                self.failures.lock().unwrap().push(failure);
                            }
                        }
                    }
                });
            }
        });
        let failures = self.failures.lock().unwrap();
        assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    }

    fn report(&self) {
        let counts = self.counts.lock().unwrap();
        counts.iter().for_each(|(outcome, count)| println!("{count:6} {outcome}"));
        assert_eq!(counts.values().sum::<usize>(), self.plans.len());
    }
}

/// Sees to it that memory was as short as it was meant to be, and that nothing failed for it.
fn check_pressure(server: &Server) {
    let metrics = Metrics::read(server.port);
    for name in NAMES {
        let [pushed_back, evicted, hits] = [
            "lm_lite_preemptions_total",
            "lm_lite_evicted_pages_total",
            "lm_lite_prefix_cache_hit_tokens_total",
        ]
        .map(|metric| metrics.of(name, metric));
        println!(
            "{name}: {pushed_back} pushed back, {evicted} pages evicted, {hits} tokens from the prefix cache"
        );
        assert!(evicted > 0.0 && hits > 0.0, "{name} kept its memory, or shared none of it");
        let failed = metrics.of(&format!("{name}\",outcome=\"error"), "lm_lite_requests_total");
        assert!(failed == 0.0, "{name}: {failed} answers failed");
    }
    assert!(
        metrics.sum("lm_lite_preemptions_total") > 0.0,
        "no request was pushed back: there was memory for all"
    );
}
