use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use conduit_backend::{EXTENT_BYTES, KvLayout};
use conduit_testkit::fake_backend::{FakeOptions, Fault, FaultPoint};

use super::common::{Answer, Random, fake_model, reference, spec};
use super::embeddings::Embeddings;
use super::report::WorldReport;
use super::stage::Stage;
use super::traffic::{Traffic, layouts};
use super::trouble::Trouble;
use crate::memory::bytes_for;
use crate::runner::Command;
use crate::sampling::copy_seed;
use crate::{EngineOptions, Event, Generation, ModelSpec, Request, Retention, SubmitError, Unload};

pub(super) struct SimulatedModel {
    pub(super) id: String,
    pub(super) layouts: Vec<KvLayout>,
    max_model_len: usize,
    max_model_concurrency: usize,
    retention: Retention,
}

struct Pending {
    generation: Generation,
    tokens: Vec<u32>,
    expected: Answer,
    first_step: u64,
}

pub(super) struct World {
    seed: u64,
    random: Random,
    trouble: Trouble,
    stage: Stage,
    models: Vec<SimulatedModel>,
    traffic: Traffic,
    pending: Vec<Pending>,
    embeddings: Embeddings,
    unloading: Vec<Receiver<()>>,
    report: WorldReport,
}

impl World {
    pub(super) fn new(seed: u64, trouble: Trouble) -> Self {
        let mut random = Random(seed);
        let points = [FaultPoint::Forward, FaultPoint::Sample, FaultPoint::Collect];
        let fault = Fault { step: 50 + random.below(400) as u64, point: points[random.below(3)] };
        let fault = (trouble == Trouble::DeviceFailure).then_some(fault);
        let fake = FakeOptions { fault, ..FakeOptions::default() };
        let models = (0..1 + random.below(3)).map(|index| SimulatedModel {
            id: format!("model {index}"),
            layouts: layouts(&mut random),
            max_model_len: if random.chance(50) { 320 } else { 33 + random.below(80) },
            max_model_concurrency: 1 + random.below(8),
            retention: match trouble {
                Trouble::Unloading if random.chance(50) => {
                    Retention::Evictable { idle_limit: Some(Duration::from_secs(3_600)) }
                }
                _ => Retention::Pinned,
            },
        });
        let models: Vec<_> = models.collect();
        // From just enough for the longest sequence of any model.
        let longest = |model: &SimulatedModel| bytes_for(&model.layouts, model.max_model_len);
        let needed = models.iter().map(longest).max().unwrap_or_default() / EXTENT_BYTES as u64;
        let extents = needed + random.below(4) as u64;
        let (step_tokens, kept_percent) = (1 + random.below(60), [0, 50, 100][random.below(3)]);
        let expected_answer_tokens = [0, 1, 64][random.below(3)];
        let limits = EngineOptions { step_tokens, kept_percent, ..EngineOptions::default() };
        let options = EngineOptions { expected_answer_tokens, ..limits };
        let stage = Stage::new(extents, fake, options);
        let traffic = Traffic::new(&mut random);
        let (pending, unloading, report) = (Vec::new(), Vec::new(), WorldReport::default());
        let embeddings = Embeddings::default();
        Self { seed, random, trouble, stage, models, traffic, pending, embeddings, unloading, report }
    }

    /// Lets everything happen, and checks what is left.
    pub(super) fn run(mut self) -> WorldReport {
        (0..self.models.len()).for_each(|index| self.load(index));
        for _ in 0..12 {
            // From a request now and then to more than can run at once.
            let percent = [1, 5, 20, 60][self.random.below(4)];
            for _ in 0..60 + self.random.below(150) {
                if self.random.chance(percent) && self.waiting() < 48 {
                    self.ask();
                }
                self.trouble();
                self.step();
            }
            let mut steps = 0;
            while self.waiting() > 0 {
                self.step();
                steps += 1;
                assert!(steps < super::MOST_STEPS, "seed {}: requests hang", self.seed);
            }
            self.pass(self.random_hours());
        }
        self.check_end()
    }

    fn random_hours(&self) -> u64 {
        Random(self.seed ^ self.stage.backend.steps()).below(48 * 3_600_000) as u64
    }

    /// Who waits for anything.
    fn waiting(&self) -> usize {
        self.pending.len() + self.embeddings.len()
    }

    fn pass(&mut self, millis: u64) {
        self.stage.pass(millis);
        while self.stage.runner.poll() {}
    }

    /// One step of the engine, which takes the longer the more it computes; then everybody reads.
    fn step(&mut self) {
        let tokens = self.stage.backend.tokens();
        let has_worked = self.stage.runner.poll();
        let more = self.stage.backend.tokens() - tokens;
        self.stage.pass(50 + more);
        let (mut index, before) = (0, self.waiting());
        let steps = self.stage.backend.steps();
        self.embeddings.read(&mut self.random, self.trouble, steps, &mut self.report);
        while index < self.pending.len() {
            if self.random.below(1_000) < 1 {
                self.pending.swap_remove(index);
                self.report.cancelled += 1;
            } else if self.read(index) {
                self.pending.swap_remove(index);
            } else {
                index += 1;
            }
        }
        let has_moved = has_worked || before == 0 || self.waiting() < before;
        assert!(has_moved, "seed {}: {before} requests wait for nothing", self.seed);
    }

    /// Reads what a request has been told; whether that was the last of it.
    fn read(&mut self, index: usize) -> bool {
        let pending = &mut self.pending[index];
        while let Ok(event) = pending.generation.events.try_recv() {
            match event {
                Event::Token { id, .. } => pending.tokens.push(id),
                Event::Finished { reason, usage } => {
                    let answer = Answer { tokens: pending.tokens.clone(), end: Ok((reason, usage)) };
                    assert_eq!(answer, pending.expected, "seed {}", self.seed);
                    self.report.answers += 1;
                    self.report.cached_tokens += usage.cached_tokens as u64;
                    let steps = self.stage.backend.steps() - pending.first_step;
                    self.report.longest_steps = self.report.longest_steps.max(steps);
                    return true;
                }
                Event::Failed(error) => {
                    assert_eq!(error.code, self.trouble.failure_code(), "seed {}: {error}", self.seed);
                    assert!(pending.expected.tokens.starts_with(&pending.tokens), "seed {}", self.seed);
                    self.report.failed += 1;
                    return true;
                }
            }
        }
        false
    }

    fn ask(&mut self) {
        let index = self.random.below(self.models.len());
        let SimulatedModel { id, layouts, max_model_len, .. } = &self.models[index];
        let request = self.traffic.request(&mut self.random, *max_model_len);
        if self.random.chance(20) {
            let model = &self.models[index];
            return self.embeddings.ask(&self.stage, &mut self.random, model, request);
        }
        let copies = if self.random.chance(15) { 2 + self.random.below(3) } else { 1 };
        let generations = match self.stage.engine.submit_copies(id, request.clone(), copies) {
            Ok(generations) => generations,
            Err(SubmitError::UnknownModel { .. }) => return self.load(index),
            Err(SubmitError::Closing { .. }) if self.trouble == Trouble::Unloading => return,
            Err(SubmitError::Unhealthy { .. }) if self.trouble == Trouble::DeviceFailure => return,
            Err(error) => panic!("seed {}: {error}", self.seed),
        };
        for (copy, generation) in (0..).zip(generations) {
            let seed = request.seed.map(|seed| copy_seed(seed, copy));
            let expected = reference(layouts, &Request { seed, ..request.clone() }, *max_model_len);
            let first_step = self.stage.backend.steps();
            self.pending.push(Pending { generation, tokens: Vec::new(), expected, first_step });
        }
    }

    fn load(&mut self, index: usize) {
        let model = &self.models[index];
        let spec = spec(
            &model.id,
            fake_model(model.layouts.clone()),
            model.max_model_len,
            model.max_model_concurrency,
        );
        let spec = ModelSpec { retention: model.retention, ..spec };
        self.stage.add(spec);
    }

    fn trouble(&mut self) {
        if self.trouble != Trouble::Unloading || !self.random.chance(2) {
            return;
        }
        if self.random.chance(20) {
            let (reply, _) = sync_channel(1);
            let bytes = (1 + self.random.below(3) * EXTENT_BYTES) as u64;
            self.stage.engine.commands.send(Command::MakeRoom { bytes, reply }).unwrap();
            return;
        }
        let id = &self.models[self.random.below(self.models.len())].id;
        let Some(handle) = self.stage.engine.registry.get(id) else { return };
        let limit = Duration::from_millis(self.random.below(20_000) as u64);
        let how = if self.random.chance(30) { Unload::Now } else { Unload::Drain { limit } };
        let (reply, gone) = sync_channel(1);
        self.stage.engine.commands.send(Command::RemoveModel { model: handle.key, how, reply }).unwrap();
        self.unloading.push(gone);
    }

    fn check_end(mut self) -> WorldReport {
        self.pass(20_000);
        for gone in &self.unloading {
            // Answered, or asked of a model that was gone already.
            assert_ne!(gone.try_recv(), Err(TryRecvError::Empty), "seed {}", self.seed);
        }
        for status in self.stage.engine.statuses() {
            let left = (status.waiting, status.waiting_tokens, status.running, status.pages_in_use);
            assert_eq!(left, (0, 0, 0, 0), "seed {}: {}", self.seed, status.id);
            self.report.pushed_back += status.totals.pushed_back;
            self.report.evicted_pages += status.totals.evicted_pages;
        }
        self.stage.runner.check_idle();
        assert_eq!(self.stage.engine.failure().is_some(), self.trouble == Trouble::DeviceFailure);
        self.stage.runner.shut_down();
        assert_eq!(self.stage.memory.mapped_extents(), 0, "seed {}: extents were lost", self.seed);
        self.report.steps = self.stage.backend.steps();
        self.report.millis = self.stage.millis();
        self.report
    }
}
