use conduit_backend::{
    Backend, Budget, LogitAdjustment, Masks, Outputs, RowSampling, StepInputs, TokenSource,
};

use super::Subject;
use super::toy::{BUCKET, Fixture, Toy, VOCAB, add_sequence, budget, fixture, ids, single};

const LOGITS: RowSampling = RowSampling { return_logits: true, ..RowSampling::GREEDY };

impl<B: Backend> Fixture<B> {
    fn run(&self, inputs: &StepInputs, sampling: &[RowSampling]) -> Outputs {
        let mut step = self.backend.forward(&self.plan, inputs).unwrap();
        self.backend.sample(&mut step, sampling, Masks::none(sampling.len())).unwrap();
        self.backend.collect(step).unwrap()
    }
}

pub fn a_step_may_take_tokens_that_the_host_does_not_know_yet<S: Subject>() {
    let fixture = fixture::<S>();
    let backend = &fixture.backend;
    let prompt = [3, 1, 4, 1, 5];
    let mut expected = Vec::new();
    let mut next = single(0, 5, &prompt);
    for context_len in 6..14 {
        let token = fixture.run(&next, &[RowSampling::GREEDY]).rows[0].token;
        expected.push(token);
        next = single(0, context_len, &[token]);
    }

    let sample = |inputs: &StepInputs| {
        let mut step = backend.forward(&fixture.plan, inputs).unwrap();
        backend.sample(&mut step, &[RowSampling::GREEDY], Masks::none(1)).unwrap();
        step
    };
    let mut in_flight = sample(&single(1, 5, &prompt));
    let mut tokens = Vec::new();
    for context_len in 6..14 {
        let mut inputs = StepInputs::default();
        add_sequence(&mut inputs, 1, context_len, &[TokenSource::Previous(0)]);
        let step = std::mem::replace(&mut in_flight, sample(&inputs));
        tokens.push(backend.collect(step).unwrap().rows[0].token);
    }
    assert_eq!(tokens, expected);
    assert!(expected.iter().any(|token| *token != expected[0]), "the toy says one thing only");
}

pub fn masks_may_come_while_the_next_step_already_waits<S: Subject>() {
    let fixture = fixture::<S>();
    let expected = fixture.run(&single(0, 3, &[7, 8, 9]), &[LOGITS]);
    let mut first = fixture.backend.forward(&fixture.plan, &single(0, 3, &[7, 8, 9])).unwrap();
    let mut second = fixture.backend.forward(&fixture.plan, &single(1, 4, &[1, 2, 3, 4])).unwrap();
    fixture.backend.sample(&mut second, &[LOGITS], Masks::none(1)).unwrap();
    fixture.backend.sample(&mut first, &[LOGITS], Masks::none(1)).unwrap();
    assert!(fixture.backend.collect(second).unwrap() != expected);
    assert_eq!(fixture.backend.collect(first).unwrap(), expected);
}

pub fn no_more_than_two_steps_are_in_flight<S: Subject>() {
    let fixture = fixture::<S>();
    let forward = |slot| fixture.backend.forward(&fixture.plan, &single(slot, 1, &[1]));
    let first = forward(0).unwrap();
    let _second = forward(1).unwrap();
    assert_eq!(forward(2).err().unwrap().code(), "invalid_input");
    // A step that is dropped gives its place back, one that was never sampled too.
    drop(first);
    let third = forward(2).unwrap();
    assert_eq!(fixture.backend.collect(third).unwrap_err().code(), "invalid_input");
    forward(3).unwrap();
}

pub fn a_step_without_rows_needs_no_sampling<S: Subject>() {
    let fixture = fixture::<S>();
    let mut inputs = single(0, 3, &[1, 2, 3]);
    inputs.logit_tokens.clear();
    let step = fixture.backend.forward(&fixture.plan, &inputs).unwrap();
    assert_eq!(fixture.backend.collect(step).unwrap(), Outputs::default());
    let whole = fixture.run(&single(1, 4, &[1, 2, 3, 4]), &[LOGITS]);
    assert_eq!(fixture.run(&single(0, 4, &[4]), &[LOGITS]), whole);
}

pub fn the_same_seed_gives_the_same_token_whatever_shares_the_batch<S: Subject>() {
    let fixture = fixture::<S>();
    let warm = |seed, position| RowSampling { temperature: 1.5, seed, position, ..LOGITS };
    let prompts: [&[u32]; 3] = [&[1, 2, 3], &[30, 20, 10, 5, 6], &[1, 2, 3]];
    for position in 0..20 {
        let mut inputs = StepInputs::default();
        for (slot, prompt) in prompts.iter().enumerate() {
            add_sequence(&mut inputs, slot, prompt.len(), &ids(prompt));
        }
        let batch = fixture.run(&inputs, &[warm(5, position), warm(6, position), warm(5, position)]);
        for (row, seed) in [5, 6, 5].into_iter().enumerate() {
            let alone = fixture.run(&single(9, prompts[row].len(), prompts[row]), &[warm(seed, position)]);
            assert_eq!(alone.rows[0], batch.rows[row]);
        }
    }
}

pub fn a_mask_keeps_to_what_it_allows<S: Subject>() {
    let fixture = fixture::<S>();
    let inputs = single(0, 3, &[1, 2, 3]);
    for token in [0, 31, 32, VOCAB as u32 - 1] {
        let mut mask = vec![0u32; token as usize / 32 + 1];
        mask[token as usize / 32] = 1 << (token % 32);
        let mut step = fixture.backend.forward(&fixture.plan, &inputs).unwrap();
        let sampling = RowSampling { temperature: 2.0, ..LOGITS };
        let masks = Masks { rows: vec![Some(mask.into())], ..Masks::none(1) };
        fixture.backend.sample(&mut step, &[sampling], masks).unwrap();
        let row = fixture.backend.collect(step).unwrap().rows.remove(0);
        assert_eq!(row.token, token);
        assert_eq!(row.logits.unwrap(), fixture.run(&inputs, &[LOGITS]).rows[0].logits.clone().unwrap());
    }
}

pub fn adjustments_change_the_choice_of_their_row_alone<S: Subject>() {
    let fixture = fixture::<S>();
    let mut inputs = StepInputs::default();
    for slot in 0..3 {
        add_sequence(&mut inputs, slot, 3, &ids(&[1, 2, 3]));
    }
    let logits = fixture.run(&single(9, 3, &[1, 2, 3]), &[LOGITS]).rows.remove(0).logits.unwrap();
    let best = |logits: &[f32]| {
        let order = |a: &usize, b: &usize| logits[*a].total_cmp(&logits[*b]).then(b.cmp(a));
        (0..VOCAB).max_by(order).unwrap() as u32
    };
    let sample = |sampling: [RowSampling; 3], adjustments: [Vec<LogitAdjustment>; 3]| {
        let mut step = fixture.backend.forward(&fixture.plan, &inputs).unwrap();
        let adjustments = adjustments.map(Vec::into).into();
        fixture.backend.sample(&mut step, &sampling, Masks { adjustments, ..Masks::none(3) }).unwrap();
        fixture.backend.collect(step).unwrap().rows
    };

    // One token after the other is made too improbable to be chosen again, in the middle row.
    let (mut expected, mut adjustments) = (logits.clone(), Vec::new());
    for (round, repetition, bias) in [(0, 9.0, -3.0), (1, 1.0, -50.0), (2, 1e6, 0.0), (3, 1.5, -8.25)] {
        let token = best(&expected);
        let adjustment = LogitAdjustment { token, repetition, bias };
        expected[token as usize] = adjustment.apply(logits[token as usize]);
        let place = adjustments.partition_point(|other: &LogitAdjustment| other.token < token);
        match adjustments.get_mut(place).filter(|other| other.token == token) {
            Some(known) => *known = adjustment,
            None => adjustments.insert(place, adjustment),
        }
        let rows = sample([LOGITS; 3], [vec![], adjustments.clone(), vec![]]);
        let chosen = rows.iter().map(|row| row.token).collect::<Vec<_>>();
        assert_eq!(chosen, [best(&logits), best(&expected), best(&logits)], "round {round}");
        assert!(rows.iter().all(|row| row.logits.as_ref() == Some(&logits)), "the model's own logits");
    }

    // Each token of the vocabulary is taken where its bias says so, whatever the random numbers.
    let everything = |favourite: u32| {
        let bias = |token| if token == favourite { 100.0 } else { -0.5 };
        let adjusted = (0..VOCAB as u32).map(|token| (token, bias(token)));
        adjusted.map(|(token, bias)| LogitAdjustment { token, repetition: 1.0, bias }).collect::<Vec<_>>()
    };
    let warm = |position| RowSampling { temperature: 1.0, seed: 3, position, ..LOGITS };
    for token in 0..VOCAB as u32 {
        let position = u64::from(token);
        let last = VOCAB as u32 - 1 - token;
        let rows = sample([warm(position); 3], [everything(token), vec![], everything(last)]);
        let alone = fixture.run(&single(9, 3, &[1, 2, 3]), &[warm(position)]);
        assert_eq!([rows[0].token, rows[1].token, rows[2].token], [token, alone.rows[0].token, last]);
    }
}

pub fn memory_is_opened_once_and_before_the_first_step<S: Subject>() {
    let backend = S::open();
    let plan = backend.record(&Toy::new(&backend), BUCKET).unwrap();
    let inputs = single(0, 1, &[1]);
    assert_eq!(backend.forward(&plan, &inputs).err().unwrap().code(), "invalid_input");
    let memory = backend.memory(budget::<S>()).unwrap();
    memory.map().unwrap();
    backend.forward(&plan, &inputs).unwrap();
    assert_eq!(backend.memory(Budget { bytes: 0 }).err().unwrap().code(), "invalid_input");
}

pub fn plans_recorded_later_may_be_larger_while_a_step_is_in_flight<S: Subject>() {
    let fixture = fixture::<S>();
    let expected = fixture.run(&single(0, 3, &[7, 8, 9]), &[LOGITS]);
    let mut step = fixture.backend.forward(&fixture.plan, &single(0, 3, &[7, 8, 9])).unwrap();
    let bucket = conduit_backend::Bucket { max_tokens: 4000, max_rows: 500 };
    fixture.backend.record(&Toy::new(&fixture.backend), bucket).unwrap();
    fixture.backend.sample(&mut step, &[LOGITS], Masks::none(1)).unwrap();
    assert_eq!(fixture.backend.collect(step).unwrap(), expected);
}
