use conduit_backend::{
    Backend, BackendError, KV_ADDRESS_UNIT, KvAddress, LogitAdjustment, Masks, RowSampling, SequenceInput,
    StepInputs, TokenSource,
};

use super::Subject;
use super::toy::{Fixture, VOCAB, add_sequence, budget, fixture, ids, single};

type Break = Box<dyn Fn(&mut StepInputs)>;

/// Two sequences: a prompt of three tokens, and the twentieth token of another.
fn valid() -> StepInputs {
    let mut inputs = StepInputs::default();
    add_sequence(&mut inputs, 0, 3, &ids(&[1, 2, 3]));
    add_sequence(&mut inputs, 1, 20, &ids(&[4]));
    inputs
}

fn refusal<B: Backend>(fixture: &Fixture<B>, inputs: &StepInputs) -> Option<BackendError> {
    fixture.backend.forward(&fixture.plan, inputs).err()
}

pub fn steps_that_break_the_contract_are_refused_and_change_nothing<S: Subject>() {
    let end = (budget::<S>().bytes / KV_ADDRESS_UNIT as u64) as u32;
    let breaks: Vec<(&str, Break)> = vec![
        ("no tokens", Box::new(|inputs| *inputs = StepInputs::default())),
        ("too many tokens", Box::new(|inputs| *inputs = single(0, 49, &[1; 49]))),
        (
            "too many rows",
            Box::new(|inputs| {
                *inputs = single(0, 7, &[1; 7]);
                inputs.logit_tokens = (0..7).collect();
            }),
        ),
        ("id beyond the vocabulary", Box::new(|inputs| inputs.tokens[0] = TokenSource::Id(VOCAB as u32))),
        (
            "a row that the step before does not have",
            Box::new(|inputs| inputs.tokens[0] = TokenSource::Previous(2)),
        ),
        ("positions missing", Box::new(|inputs| inputs.positions.truncate(3))),
        ("a position off by one", Box::new(|inputs| inputs.positions[3] = 20)),
        ("logit tokens not ascending", Box::new(|inputs| inputs.logit_tokens = vec![2, 2])),
        ("logit token beyond the tokens", Box::new(|inputs| inputs.logit_tokens = vec![2, 4])),
        ("hidden tokens not ascending", Box::new(|inputs| inputs.hidden_tokens = vec![1, 0])),
        ("hidden token beyond the tokens", Box::new(|inputs| inputs.hidden_tokens = vec![4])),
        ("a gap between sequences", Box::new(|inputs| inputs.sequences[1].tokens = 4..5)),
        ("sequences that overlap", Box::new(|inputs| inputs.sequences[1].tokens = 2..4)),
        ("a sequence without tokens", Box::new(|inputs| inputs.sequences[0].tokens = 0..0)),
        (
            "a range that runs backwards",
            Box::new(|inputs| inputs.sequences[0].tokens = std::ops::Range { start: 0, end: usize::MAX }),
        ),
        ("tokens of no sequence", Box::new(|inputs| drop(inputs.sequences.pop()))),
        ("a context shorter than the tokens", Box::new(|inputs| inputs.sequences[0].context_len = 2)),
        ("a context without end", Box::new(|inputs| inputs.sequences[0].context_len = usize::MAX)),
        ("no sequences", Box::new(|inputs| inputs.sequences.clear())),
        ("a missing group", Box::new(|inputs| inputs.sequences[0].blocks.truncate(1))),
        ("one group too many", Box::new(|inputs| inputs.sequences[0].blocks.push(0..8))),
        ("blocks outside the tables", Box::new(|inputs| inputs.sequences[0].blocks[1] = 1000..1008)),
        ("blocks without end", Box::new(|inputs| inputs.sequences[0].blocks[1] = 0..usize::MAX)),
        (
            "too few blocks",
            Box::new(|inputs| inputs.sequences[1].blocks[0].end = inputs.sequences[1].blocks[0].start + 1),
        ),
        ("an address outside the range", Box::new(|inputs| inputs.block_tables[0] = KvAddress(u32::MAX))),
        ("an address at the very end", Box::new(move |inputs| inputs.block_tables[0] = KvAddress(end))),
        ("two sequences in one block", Box::new(|inputs| inputs.block_tables[0] = inputs.block_tables[17])),
        (
            "blocks that overlap in part",
            Box::new(|inputs| inputs.block_tables[0] = KvAddress(inputs.block_tables[17].0 + 1)),
        ),
    ];
    let fixture = fixture::<S>();
    let run = |inputs: &StepInputs| {
        let mut step = fixture.backend.forward(&fixture.plan, inputs).unwrap();
        let sampling = RowSampling { return_logits: true, ..RowSampling::GREEDY };
        fixture.backend.sample(&mut step, &[sampling; 2], Masks::none(2)).unwrap();
        fixture.backend.collect(step).unwrap()
    };
    // What the second sequence has in the cache; what was never written may be anything.
    let history: Vec<u32> = (0..19).collect();
    drop(fixture.backend.forward(&fixture.plan, &single(1, 19, &history)).unwrap());
    let expected = run(&valid());
    for (name, change) in breaks {
        let mut inputs = valid();
        change(&mut inputs);
        let error = refusal(&fixture, &inputs).unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!(error.code(), "invalid_input", "{name}: {error}");
    }
    assert_eq!(run(&valid()), expected);
}

pub fn blocks_that_are_only_read_may_be_shared<S: Subject>() {
    let fixture = fixture::<S>();
    let mut inputs = StepInputs::default();
    add_sequence(&mut inputs, 0, 20, &ids(&[4]));
    add_sequence(&mut inputs, 1, 20, &ids(&[5]));
    let SequenceInput { blocks, .. } = inputs.sequences[0].clone();
    for (group, shared) in blocks.iter().enumerate() {
        let other = inputs.sequences[1].blocks[group].start;
        inputs.block_tables[other] = inputs.block_tables[shared.start];
    }
    assert!(refusal(&fixture, &inputs).is_none());
}

pub fn tokens_of_the_step_before_need_its_sampling<S: Subject>() {
    let fixture = fixture::<S>();
    let mut next = StepInputs::default();
    add_sequence(&mut next, 0, 4, &[TokenSource::Previous(1)]);
    let mut step = fixture.backend.forward(&fixture.plan, &valid()).unwrap();
    assert!(refusal(&fixture, &next).is_some(), "not sampled yet");
    fixture.backend.sample(&mut step, &[RowSampling::GREEDY; 2], Masks::none(2)).unwrap();
    next.tokens[0] = TokenSource::Previous(2);
    assert!(refusal(&fixture, &next).is_some(), "no such row");
    next.tokens[0] = TokenSource::Previous(1);
    assert!(refusal(&fixture, &next).is_none());
}

pub fn sampling_that_breaks_the_contract_can_be_asked_for_again<S: Subject>() {
    let greedy = RowSampling::GREEDY;
    let masks = |rows: [Option<Vec<u32>>; 2]| Masks {
        rows: rows.map(|mask| mask.map(Vec::into)).into(),
        ..Masks::none(2)
    };
    let adjusted = |adjustments: &[(u32, f32, f32)]| {
        let adjustment = |&(token, repetition, bias)| LogitAdjustment { token, repetition, bias };
        let second = adjustments.iter().map(adjustment).collect();
        Masks { adjustments: vec![Box::default(), second], ..Masks::none(2) }
    };
    let beyond = vec![0, 1 << (VOCAB % 32), u32::MAX];
    let cases: Vec<(&str, Vec<RowSampling>, Masks)> = vec![
        ("one row too few", vec![greedy], Masks::none(2)),
        ("one mask too few", vec![greedy; 2], Masks::none(1)),
        ("no masks", vec![greedy; 2], Masks::default()),
        ("an empty mask", vec![greedy; 2], masks([None, Some(vec![])])),
        ("a mask of nothing", vec![greedy; 2], masks([None, Some(vec![0; 9])])),
        ("a mask of ids beyond the vocabulary", vec![greedy; 2], masks([None, Some(beyond)])),
        (
            "one list of adjustments too few",
            vec![greedy; 2],
            Masks { adjustments: vec![Box::default()], ..Masks::none(2) },
        ),
        ("an adjusted id beyond the vocabulary", vec![greedy; 2], adjusted(&[(VOCAB as u32, 1.0, 1.0)])),
        ("a token adjusted twice", vec![greedy; 2], adjusted(&[(3, 1.0, 1.0), (3, 1.0, 1.0)])),
        ("adjusted tokens not ascending", vec![greedy; 2], adjusted(&[(3, 1.0, 1.0), (2, 1.0, 1.0)])),
        ("a repetition of 0", vec![greedy; 2], adjusted(&[(3, 0.0, 1.0)])),
        ("no repetition", vec![greedy; 2], adjusted(&[(3, f32::NAN, 1.0)])),
        ("a bias without end", vec![greedy; 2], adjusted(&[(3, 1.0, f32::INFINITY)])),
        ("temperature", vec![greedy, RowSampling { temperature: -1.0, ..greedy }], Masks::none(2)),
        ("no temperature", vec![greedy, RowSampling { temperature: f32::NAN, ..greedy }], Masks::none(2)),
        ("top_p", vec![greedy, RowSampling { top_p: 1.1, ..greedy }], Masks::none(2)),
        ("min_p", vec![greedy, RowSampling { min_p: f32::NAN, ..greedy }], Masks::none(2)),
    ];
    let fixture = fixture::<S>();
    let mut step = fixture.backend.forward(&fixture.plan, &valid()).unwrap();
    for (name, rows, masks) in cases {
        let error = fixture.backend.sample(&mut step, &rows, masks).expect_err(name);
        assert_eq!(error.code(), "invalid_input", "{name}");
    }
    fixture.backend.sample(&mut step, &[greedy; 2], Masks::none(2)).unwrap();
    let again = fixture.backend.sample(&mut step, &[greedy; 2], Masks::none(2));
    assert_eq!(again.unwrap_err().code(), "invalid_input");
    assert_eq!(fixture.backend.collect(step).unwrap().rows.len(), 2);
}

pub fn extents_are_those_of_the_budget<S: Subject>() {
    let fixture = fixture::<S>();
    assert_eq!(fixture.memory.free_extents(), 0);
    let error = fixture.memory.map().unwrap_err();
    assert_eq!(error.code(), "out_of_memory");
}
