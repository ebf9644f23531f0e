//! What callers of the seam rely on: order, errors that change nothing, and rows that do not see their batch. Each function
//! is a test; [`contract_tests`](crate::contract_tests) makes them tests of a backend.

mod hidden;
mod inputs;
mod recording;
mod steps;
mod toy;

use conduit_backend::Backend;

pub use hidden::{
    a_hidden_state_is_that_of_its_token_whatever_shares_the_step,
    a_step_without_rows_gives_hidden_states_unsampled, logits_are_the_head_of_hidden_states,
    two_steps_in_flight_have_hidden_states_of_their_own,
};
pub use inputs::{
    blocks_that_are_only_read_may_be_shared, extents_are_those_of_the_budget,
    sampling_that_breaks_the_contract_can_be_asked_for_again,
    steps_that_break_the_contract_are_refused_and_change_nothing,
    tokens_of_the_step_before_need_its_sampling,
};
pub use recording::recordings_that_do_not_fit_are_refused;
pub use steps::{
    a_mask_keeps_to_what_it_allows, a_step_may_take_tokens_that_the_host_does_not_know_yet,
    a_step_without_rows_needs_no_sampling, masks_may_come_while_the_next_step_already_waits,
    memory_is_opened_once_and_before_the_first_step, no_more_than_two_steps_are_in_flight,
    plans_recorded_later_may_be_larger_while_a_step_is_in_flight,
    the_same_seed_gives_the_same_token_whatever_shares_the_batch,
};

/// A backend to try the contract on. Its rows do not depend, to the bit, on what shares their batch.
pub trait Subject {
    type Backend: Backend;

    /// Extents of the budget that a little model's weights take.
    const WEIGHT_EXTENTS: usize;

    /// A backend whose memory was not opened yet.
    fn open() -> Self::Backend;
}

/// The tests of the contract, of one [`Subject`](crate::contract::Subject).
#[macro_export]
macro_rules! contract_tests {
    ($subject:ty) => {
        $crate::contract_tests! {
            $subject:
            steps_that_break_the_contract_are_refused_and_change_nothing
            blocks_that_are_only_read_may_be_shared
            tokens_of_the_step_before_need_its_sampling
            sampling_that_breaks_the_contract_can_be_asked_for_again
            extents_are_those_of_the_budget
            recordings_that_do_not_fit_are_refused
            a_step_may_take_tokens_that_the_host_does_not_know_yet
            masks_may_come_while_the_next_step_already_waits
            no_more_than_two_steps_are_in_flight
            a_step_without_rows_needs_no_sampling
            the_same_seed_gives_the_same_token_whatever_shares_the_batch
            a_mask_keeps_to_what_it_allows
            memory_is_opened_once_and_before_the_first_step
            plans_recorded_later_may_be_larger_while_a_step_is_in_flight
            a_hidden_state_is_that_of_its_token_whatever_shares_the_step
            a_step_without_rows_gives_hidden_states_unsampled
            two_steps_in_flight_have_hidden_states_of_their_own
            logits_are_the_head_of_hidden_states
        }
    };
    ($subject:ty: $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::contract::$name::<$subject>();
            }
        )*
    };
}
