//! Tries many inputs, one after the other, each the same at every run of a seed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use conduit_testkit::random::Random;

/// Far more than any input takes, on a machine that is busy with other work, too.
const HANGS_AFTER: Duration = Duration::from_secs(120);
/// What trying all inputs may add to the most memory that the process ever had.
pub const MOST_MORE_MEMORY_KIB: usize = 768 << 10;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    Refused,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

/// Tries `count` inputs, or twenty times as many with `CONDUIT_FULL`; `CONDUIT_FUZZ_INPUTS` and `CONDUIT_FUZZ_SEED` override.
///
/// `target` panics where an input is neither taken nor refused as it should be. The input that is being tried lies in a file,
/// so that one that ends the process is known, too.
pub fn fuzz(
    name: &str,
    count: usize,
    make: impl Fn(&mut Random) -> Vec<u8>,
    mut target: impl FnMut(&[u8]) -> Verdict,
) {
    let times = if std::env::var_os("CONDUIT_FULL").is_some() { 20 } else { 1 };
    let count = number("CONDUIT_FUZZ_INPUTS").map_or(count * times, |count| count as usize);
    let seed = number("CONDUIT_FUZZ_SEED").unwrap_or(1);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    let memory_before_kib = most_memory_kib("self");
    let (mut taken, mut slowest) = (0, Duration::ZERO);
    let watch = Watch::start(format!("{name}, seed {seed}: {} hangs", path.display()));
    for index in 0..count {
        let mut random = Random(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        let input = make(&mut random);
        fs::write(&path, &input).unwrap();
        let start = Instant::now();
        let verdict = catch_unwind(AssertUnwindSafe(|| target(&input))).unwrap_or_else(|panic| {
            let text = String::from_utf8_lossy(&input[..input.len().min(2_000)]).into_owned();
            eprintln!("{name}, seed {seed}, input {index} in {}: {text}", path.display());
            resume_unwind(panic)
        });
        taken += usize::from(verdict == Verdict::Taken);
        slowest = slowest.max(start.elapsed());
        watch.alive();
    }
    let more_kib = most_memory_kib("self").saturating_sub(memory_before_kib);
    println!(
        "fuzz {name}: seed {seed}, {count} inputs, {taken} taken, slowest {} ms, {} MiB more at most",
        slowest.as_millis(),
        more_kib >> 10
    );
    assert!(more_kib < MOST_MORE_MEMORY_KIB, "{name} took {more_kib} KiB");
    assert!(
        taken > 0 && taken < count,
        "{taken} of {count} inputs were taken: they are all wrong or all right"
    );
}

/// Ends the process where an input is not over in time.
struct Watch {
    alive: Sender<()>,
}

impl Watch {
    fn start(what: String) -> Self {
        let (alive, signs) = channel();
        std::thread::spawn(move || {
            loop {
                match signs.recv_timeout(HANGS_AFTER) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        eprintln!("{what}");
                        std::process::abort();
                    }
                }
            }
        });
        Self { alive }
    }

    fn alive(&self) {
        let _ = self.alive.send(());
    }
}

/// The most memory that a process ever had, by its number or as `self`; 0 where the system does not tell.
pub fn most_memory_kib(process: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}
