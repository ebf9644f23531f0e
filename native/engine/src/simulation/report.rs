/// What has happened.
#[derive(Default)]
pub(super) struct WorldReport {
    pub(super) steps: u64,
    pub(super) millis: u64,
    pub(super) answers: u64,
    pub(super) embedded: u64,
    pub(super) cancelled: u64,
    pub(super) failed: u64,
    pub(super) pushed_back: u64,
    pub(super) cached_tokens: u64,
    pub(super) evicted_pages: u64,
    /// Of the request that took most, from its arrival to its end.
    pub(super) longest_steps: u64,
}

impl WorldReport {
    pub(super) fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.millis += other.millis;
        self.answers += other.answers;
        self.embedded += other.embedded;
        self.cancelled += other.cancelled;
        self.failed += other.failed;
        self.pushed_back += other.pushed_back;
        self.cached_tokens += other.cached_tokens;
        self.evicted_pages += other.evicted_pages;
        self.longest_steps = self.longest_steps.max(other.longest_steps);
    }
}

impl std::fmt::Display for WorldReport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} steps in {} simulated hours; {} requests answered, {} embedded, {} cancelled, {} failed, {} pushed back; \
             {} tokens were cached, {} pages evicted; the slowest request took {} steps",
            self.steps,
            self.millis / 3_600_000,
            self.answers,
            self.embedded,
            self.cancelled,
            self.failed,
            self.pushed_back,
            self.cached_tokens,
            self.evicted_pages,
            self.longest_steps
        )
    }
}
