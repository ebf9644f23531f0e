//! How operations are shared out over the threads of the pool. What one thread does is in [`crate::kernels`].

pub(crate) mod attention;
pub(crate) mod experts;
pub(crate) mod linear;
pub(crate) mod rotary;
mod routing;
pub(crate) mod rowwise;

use rayon::iter::{IndexedParallelIterator, ParallelIterator};

/// Rows of one job, so that waking another thread costs less than it saves.
fn rows_per_job(features: usize) -> usize {
    const ELEMENTS_PER_JOB: usize = 1 << 14;
    (ELEMENTS_PER_JOB / features.max(1)).max(1)
}

/// Calls `each` for every item, a job at a time.
fn for_each_row<I: IndexedParallelIterator>(rows: I, features: usize, each: impl Fn(I::Item) + Send + Sync) {
    rows.with_min_len(rows_per_job(features)).for_each(each);
}
