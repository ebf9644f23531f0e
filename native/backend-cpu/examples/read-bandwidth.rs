//! How fast the cores together read memory with a plain loop: what decoding cannot be faster than.
//!
//! `read-bandwidth [threads]`
//!
//! Answers each line that it reads with a line `{"bytes_per_second": f64}`: each thread sums up its share of 1 GiB, which is
//! more than caches hold, some times over.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::thread;
use std::time::Instant;

const WORDS: usize = 1 << 27;
const PASSES: usize = 8;

fn bytes_per_second(words: &[u64], threads: usize) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for share in words.chunks(words.len().div_ceil(threads)) {
            scope.spawn(move || {
                for _ in 0..PASSES {
                    black_box(black_box(share).iter().fold(0, |sum: u64, word| sum.wrapping_add(*word)));
                }
            });
        }
    });
    (PASSES * size_of_val(words)) as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    let threads = std::env::args().nth(1).map_or_else(
        || thread::available_parallelism().expect("a number of cores").get(),
        |threads| threads.parse().expect("a number of threads"),
    );
    // Zeros would be one page for all addresses, which a cache holds.
    let words = vec![1; WORDS];
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        line.expect("lines of text");
        let rate = bytes_per_second(&words, threads);
        writeln!(output, "{{\"bytes_per_second\": {rate:.0}}}").expect("a reader");
    }
}
