use std::collections::HashMap;
use std::sync::Arc;

/// What requests cost, in tokens times the bytes of the weights that each of them goes through.
pub(crate) type Cost = u128;

/// Tokens that an answer is taken to have until it has ended.
const EXPECTED_ANSWER_TOKENS: usize = 256;

/// What a request of so many tokens is expected to cost.
pub(crate) fn expected_cost(prompt_tokens: usize, limit: usize, weight: Cost) -> Cost {
    (prompt_tokens + limit.min(EXPECTED_ANSWER_TOKENS)) as Cost * weight
}

/// In which order the requests of all clients run: by virtual time, as in weighted fair queueing.
///
/// The clock goes on by what is computed, shared out over the clients that have requests. A request begins at that time, or
/// when the one before it of the same client would have ended, whichever is later. Since beginnings never change and the
/// clock goes on, every request comes to be the first.
#[derive(Default)]
pub(crate) struct Clients {
    now: Cost,
    accounts: HashMap<Arc<str>, Account>,
    /// Clients with requests.
    active: usize,
}

#[derive(Default)]
struct Account {
    requests: usize,
    /// When what the client has asked for so far would have ended.
    end: Cost,
}

impl Clients {
    /// A client asks for something of that cost; when that begins.
    pub(crate) fn arrive(&mut self, client: &Arc<str>, expected: Cost) -> Cost {
        let account = self.accounts.entry(Arc::clone(client)).or_default();
        if account.requests == 0 {
            self.active += 1;
        }
        account.requests += 1;
        let start = account.end.max(self.now);
        account.end = start + expected;
        start
    }

    /// A request has ended, and cost something else than expected.
    pub(crate) fn depart(&mut self, client: &Arc<str>, expected: Cost, actual: Cost) {
        let Some(account) = self.accounts.get_mut(client) else { return };
        account.end = (account.end + actual).saturating_sub(expected);
        account.requests -= 1;
        if account.requests == 0 {
            self.active -= 1;
            if account.end <= self.now {
                self.accounts.remove(client);
            }
        }
        // What clients owe keeps their accounts; once the clock has passed it, nothing tells them from new ones.
        if self.accounts.len() > 2 * self.active + 64 {
            let now = self.now;
            self.accounts.retain(|_, account| account.requests > 0 || account.end > now);
        }
    }

    /// Clients with requests.
    #[cfg(test)]
    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Something of that cost was computed.
    pub(crate) fn advance(&mut self, cost: Cost) {
        self.now += cost / self.active.max(1) as Cost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_asks_once_comes_before_the_rest_of_one_that_asked_often() {
        let mut clients = Clients::default();
        let [busy, rare] = ["busy", "rare"].map(Arc::from);
        let first: Vec<_> = (0..4).map(|_| clients.arrive(&busy, 100)).collect();
        assert_eq!(first, [0, 100, 200, 300]);
        clients.advance(50);
        assert_eq!(clients.arrive(&rare, 100), 50);
        clients.depart(&busy, 100, 20);
        assert_eq!(clients.arrive(&busy, 100), 320);
    }

    #[test]
    fn nobody_waits_for_ever_behind_clients_that_are_always_new() {
        let mut clients = Clients::default();
        let patient = Arc::from("patient");
        clients.arrive(&patient, 1_000);
        let start = clients.arrive(&patient, 1_000);
        let mut later = 0;
        while clients.arrive(&Arc::from(format!("new {later}")), 10) <= start {
            clients.depart(&Arc::from(format!("new {later}")), 10, 10);
            clients.advance(10);
            later += 1;
            assert!(later < 1_000);
        }
        assert!(clients.accounts.len() < 80, "{} accounts", clients.accounts.len());
    }
}
