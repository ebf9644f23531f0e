use conduit_backend::{
    Backend, BackendError, KvAddress, Masks, RowSampling, SequenceInput, StepInputs, TokenSource,
};

use crate::toy::{Fixture, VOCAB, add_sequence, fixture, ids, single};

type Break = fn(&mut StepInputs);

/// Two sequences: a prompt of three tokens, and the twentieth token of another.
fn valid() -> StepInputs {
    let mut inputs = StepInputs::default();
    add_sequence(&mut inputs, 0, 3, &ids(&[1, 2, 3]));
    add_sequence(&mut inputs, 1, 20, &ids(&[4]));
    inputs
}

fn refusal(fixture: &Fixture, inputs: &StepInputs) -> Option<BackendError> {
    fixture.backend.forward(&fixture.plan, inputs).err()
}

#[test]
fn steps_that_break_the_contract_are_refused_and_change_nothing() {
    let breaks: Vec<(&str, Break)> = vec![
        ("no tokens", |inputs| *inputs = StepInputs::default()),
        ("too many tokens", |inputs| *inputs = single(0, 49, &[1; 49])),
        ("too many rows", |inputs| {
            *inputs = single(0, 7, &[1; 7]);
            inputs.logit_tokens = (0..7).collect();
        }),
        ("id beyond the vocabulary", |inputs| inputs.tokens[0] = TokenSource::Id(VOCAB as u32)),
        ("a row that the step before does not have", |inputs| inputs.tokens[0] = TokenSource::Previous(2)),
        ("positions missing", |inputs| inputs.positions.truncate(3)),
        ("a position off by one", |inputs| inputs.positions[3] = 20),
        ("logit tokens not ascending", |inputs| inputs.logit_tokens = vec![2, 2]),
        ("logit token beyond the tokens", |inputs| inputs.logit_tokens = vec![2, 4]),
        ("a gap between sequences", |inputs| inputs.sequences[1].tokens = 4..5),
        ("sequences that overlap", |inputs| inputs.sequences[1].tokens = 2..4),
        ("a sequence without tokens", |inputs| inputs.sequences[0].tokens = 0..0),
        ("a range that runs backwards", |inputs| {
            inputs.sequences[0].tokens = std::ops::Range { start: 0, end: usize::MAX }
        }),
        ("tokens of no sequence", |inputs| drop(inputs.sequences.pop())),
        ("a context shorter than the tokens", |inputs| inputs.sequences[0].context_len = 2),
        ("a context without end", |inputs| inputs.sequences[0].context_len = usize::MAX),
        ("no sequences", |inputs| inputs.sequences.clear()),
        ("a missing group", |inputs| inputs.sequences[0].blocks.truncate(1)),
        ("one group too many", |inputs| inputs.sequences[0].blocks.push(0..8)),
        ("blocks outside the tables", |inputs| inputs.sequences[0].blocks[1] = 1000..1008),
        ("blocks without end", |inputs| inputs.sequences[0].blocks[1] = 0..usize::MAX),
        ("too few blocks", |inputs| {
            inputs.sequences[1].blocks[0].end = inputs.sequences[1].blocks[0].start + 1
        }),
        ("an address outside the range", |inputs| inputs.block_tables[0] = KvAddress(u32::MAX)),
        ("an address at the very end", |inputs| inputs.block_tables[0] = KvAddress(32 * 1024)),
        ("two sequences in one block", |inputs| inputs.block_tables[0] = inputs.block_tables[17]),
        ("blocks that overlap in part", |inputs| {
            inputs.block_tables[0] = KvAddress(inputs.block_tables[17].0 + 1)
        }),
    ];
    let fixture = fixture();
    let run = |inputs: &StepInputs| {
        let mut step = fixture.backend.forward(&fixture.plan, inputs).unwrap();
        let sampling = RowSampling { return_logits: true, ..RowSampling::GREEDY };
        fixture.backend.sample(&mut step, &[sampling; 2], Masks::none(2)).unwrap();
        fixture.backend.collect(step).unwrap()
    };
    let expected = run(&valid());
    for (name, change) in breaks {
        let mut inputs = valid();
        change(&mut inputs);
        let error = refusal(&fixture, &inputs).unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!(error.code(), "invalid_input", "{name}: {error}");
    }
    assert_eq!(run(&valid()), expected);
}

#[test]
fn blocks_that_are_only_read_may_be_shared() {
    let fixture = fixture();
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

#[test]
fn tokens_of_the_step_before_need_its_sampling() {
    let fixture = fixture();
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

#[test]
fn sampling_that_breaks_the_contract_can_be_asked_for_again() {
    let greedy = RowSampling::GREEDY;
    let masks = |rows: [Option<Vec<u32>>; 2]| Masks { rows: rows.map(|mask| mask.map(Vec::into)).into() };
    let beyond = vec![0, 1 << (VOCAB % 32), u32::MAX];
    let cases: Vec<(&str, Vec<RowSampling>, Masks)> = vec![
        ("one row too few", vec![greedy], Masks::none(2)),
        ("one mask too few", vec![greedy; 2], Masks::none(1)),
        ("no masks", vec![greedy; 2], Masks::default()),
        ("an empty mask", vec![greedy; 2], masks([None, Some(vec![])])),
        ("a mask of nothing", vec![greedy; 2], masks([None, Some(vec![0; 9])])),
        ("a mask of ids beyond the vocabulary", vec![greedy; 2], masks([None, Some(beyond)])),
        ("temperature", vec![greedy, RowSampling { temperature: -1.0, ..greedy }], Masks::none(2)),
        ("no temperature", vec![greedy, RowSampling { temperature: f32::NAN, ..greedy }], Masks::none(2)),
        ("top_p", vec![greedy, RowSampling { top_p: 1.1, ..greedy }], Masks::none(2)),
        ("min_p", vec![greedy, RowSampling { min_p: f32::NAN, ..greedy }], Masks::none(2)),
    ];
    let fixture = fixture();
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

#[test]
fn extents_are_those_of_the_budget() {
    let fixture = fixture();
    assert_eq!(fixture.memory.free_extents(), 0);
    let error = fixture.memory.map().unwrap_err();
    assert_eq!(error.code(), "out_of_memory");
}
