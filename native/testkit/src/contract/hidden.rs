use conduit_backend::{Backend, Masks, Outputs, RowSampling, StepInputs};

use super::Subject;
use super::toy::{
    EMBEDDING_SEED, Fixture, HIDDEN, VOCAB, add_sequence, fixture, ids, random_weights, single,
};

const LOGITS: RowSampling = RowSampling { return_logits: true, ..RowSampling::GREEDY };
const PROMPT: [u32; 9] = [3, 1, 4, 1, 5, 9, 2, 6, 5];

impl<B: Backend> Fixture<B> {
    /// Runs a step whose rows are sampled, where it has any.
    fn run_hidden(&self, inputs: &StepInputs) -> Outputs {
        let rows = inputs.logit_tokens.len();
        let mut step = self.backend.forward(&self.plan, inputs).unwrap();
        if rows > 0 {
            self.backend.sample(&mut step, &vec![LOGITS; rows], Masks::none(rows)).unwrap();
        }
        self.backend.collect(step).unwrap()
    }
}

/// The prompt as the whole of a step, all of its hidden states asked for.
fn whole(slot: usize) -> StepInputs {
    let mut inputs = single(slot, PROMPT.len(), &PROMPT);
    inputs.hidden_tokens = (0..PROMPT.len() as u32).collect();
    inputs
}

pub fn a_hidden_state_is_that_of_its_token_whatever_shares_the_step<S: Subject>() {
    let fixture = fixture::<S>();
    let expected = fixture.run_hidden(&whole(0)).hidden;
    assert_eq!(expected.len(), PROMPT.len());
    assert!(expected.iter().all(|hidden| hidden.len() == HIDDEN));
    assert!(expected.iter().flatten().all(|value| value.is_finite()));
    assert!(expected[1] != expected[3], "the toy does not see positions");

    // In chunks, behind another sequence that has a row, with the hidden states of some tokens only.
    for chunk in [1, 2, 4] {
        let mut found = Vec::new();
        for start in (0..PROMPT.len()).step_by(chunk) {
            let end = PROMPT.len().min(start + chunk);
            let mut inputs = single(1, 3, &[7, 8, 9]);
            add_sequence(&mut inputs, 2, end, &ids(&PROMPT[start..end]));
            inputs.logit_tokens.truncate(1);
            inputs.hidden_tokens = (3..3 + (end - start) as u32).collect();
            found.extend(fixture.run_hidden(&inputs).hidden);
        }
        assert!(found == expected, "chunks of {chunk}");
    }
    let mut inputs = single(3, PROMPT.len(), &PROMPT);
    inputs.hidden_tokens = vec![0, 4, 8];
    assert!(fixture.run_hidden(&inputs).hidden == [0, 4, 8].map(|token: usize| expected[token].clone()));
}

pub fn a_step_without_rows_gives_hidden_states_unsampled<S: Subject>() {
    let fixture = fixture::<S>();
    let expected = fixture.run_hidden(&whole(0));
    let mut inputs = whole(1);
    inputs.logit_tokens.clear();
    let found = fixture.run_hidden(&inputs);
    assert!(found.rows.is_empty() && found.hidden == expected.hidden);
    // What was asked for before is not given again.
    let next = fixture.run_hidden(&single(1, PROMPT.len() + 1, &[5]));
    assert_eq!((next.rows.len(), next.hidden.len()), (1, 0));
}

pub fn two_steps_in_flight_have_hidden_states_of_their_own<S: Subject>() {
    let fixture = fixture::<S>();
    let inputs = [&PROMPT[..4], &PROMPT[2..7]].map(|prompt| {
        let mut inputs = single(prompt.len(), prompt.len(), prompt);
        inputs.hidden_tokens = vec![0, prompt.len() as u32 - 1];
        inputs.logit_tokens.clear();
        inputs
    });
    let expected = inputs.each_ref().map(|inputs| fixture.run_hidden(inputs).hidden);
    let [first, second] =
        inputs.each_ref().map(|inputs| fixture.backend.forward(&fixture.plan, inputs).unwrap());
    let found = [first, second].map(|step| fixture.backend.collect(step).unwrap().hidden);
    assert!(found == expected && found[0] != found[1]);
}

pub fn logits_are_the_head_of_hidden_states<S: Subject>() {
    let fixture = fixture::<S>();
    let Outputs { rows, hidden } = fixture.run_hidden(&whole(0));
    let head = random_weights(EMBEDDING_SEED, VOCAB * HIDDEN);
    let logits = rows[0].logits.as_ref().unwrap();
    for (weights, logit) in head.chunks_exact(HIDDEN).zip(logits) {
        let terms = weights.iter().zip(&hidden[PROMPT.len() - 1]);
        let expected: f64 = terms.map(|(weight, value)| f64::from(*weight) * f64::from(*value)).sum();
        assert!((expected - f64::from(*logit)).abs() < 1e-3, "{expected} and {logit}");
    }
}
