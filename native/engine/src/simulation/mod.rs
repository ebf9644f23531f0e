//! The engine without its thread, over the fake backend and a clock of its own: hours pass in milliseconds.
//!
//! Each world has its own models, memory, traffic and troubles. Whatever they are, every answer is that of a quiet decoder, no
//! request waits for ever, and in the end everything has been given back.

#[path = "../../tests/common/mod.rs"]
mod common;
mod embeddings;
mod report;
mod scenes;
mod stage;
mod traffic;
mod trouble;
mod world;

use report::WorldReport;
use trouble::Trouble;
use world::World;

/// More steps than any request may take from its arrival to its end, at the most that are there at once.
const MOST_STEPS: u64 = 20_000;

fn run(seeds: std::ops::Range<u64>, trouble: Trouble) {
    let mut total = WorldReport::default();
    for seed in seeds {
        let report = World::new(seed, trouble).run();
        assert!(
            report.longest_steps < MOST_STEPS,
            "seed {seed}: a request took {} steps",
            report.longest_steps
        );
        total.add(report);
    }
    println!("{trouble:?}: {total}");
}

/// How many times as many worlds are run when time does not matter.
fn factor() -> u64 {
    if std::env::var_os("CONDUIT_FULL").is_some() { 100 } else { 1 }
}

#[test]
fn at_every_mix_every_answer_is_right_and_nothing_is_left_behind() {
    run(0..6 * factor(), Trouble::None);
}

#[test]
fn models_that_come_and_go_take_only_their_own_requests_with_them() {
    run(1_000_000..1_000_000 + 5 * factor(), Trouble::Unloading);
}

#[test]
fn a_device_that_fails_in_the_middle_fails_every_request_and_gives_everything_back() {
    run(2_000_000..2_000_000 + 5 * factor(), Trouble::DeviceFailure);
}
