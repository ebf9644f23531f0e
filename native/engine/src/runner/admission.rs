use conduit_backend::Backend;

use super::Runner;
use crate::GenerationError;
use crate::memory::ModelKey;
use crate::model_state::ModelState;
use crate::sequence::Sequence;
use crate::task::SequenceId;

impl<B: Backend> Runner<B> {
    /// Lets waiting requests run, the one whose turn is first over all models, as long as places and pages last.
    pub(super) fn admit(&mut self) {
        let now = (self.clock)();
        loop {
            let first =
                self.models.iter().filter_map(|(&key, model)| Some((model.next_admission(now)?, key)));
            let Some((place, key)) = first.min() else { return };
            // Those behind it wait too: what they took would keep the first from ever running.
            if self.blocked == Some((place, self.memory.releases())) {
                return;
            }
            let (_, id) = place;
            let is_alone = self.models.values().all(|model| model.running.is_empty());
            if self.reserve(key, id, is_alone) {
                let Some(model) = self.models.get_mut(&key) else { return };
                if model.running.is_empty() {
                    // Having been idle gives a model no right to catch up.
                    model.computed = model.computed.max(self.model_time);
                }
                model.start(id, now);
            } else if is_alone {
                self.refuse(key, id);
            } else {
                self.blocked = Some((place, self.memory.releases()));
                return;
            }
        }
    }

    /// Finds what is computed already of a request and counts the pages for the rest; a request that is alone may need all
    /// that it can come to.
    fn reserve(&mut self, key: ModelKey, id: SequenceId, is_alone: bool) -> bool {
        let Some(sequence) = self.models.get_mut(&key).and_then(|model| model.sequences.get_mut(&id)) else {
            return false;
        };
        sequence.share_prefix(&mut self.memory, key);
        let held = sequence.pages().len();
        let expected = sequence.expected_pages() - held;
        let needed = if is_alone { sequence.most_pages() - held } else { expected };
        let has_room = self.memory.has_room(key, needed);
        if has_room {
            self.memory.promise(key, sequence.pages_mut(), expected);
        } else {
            sequence.push_back(&mut self.memory, key);
        }
        has_room
    }

    /// Fails a request that no page is left for although nothing else holds any.
    pub(super) fn refuse(&mut self, key: ModelKey, id: SequenceId) {
        let Some(model) = self.models.get_mut(&key) else { return };
        let available_bytes = self.memory.most_bytes();
        if let Some(sequence) = model.sequences.get_mut(&id) {
            let tokens = sequence.most_pages() * conduit_backend::BLOCK_TOKENS;
            let message = format!(
                "a sequence of {tokens} tokens does not fit the {available_bytes} bytes that are left for KV caches; lower \
                 max_tokens, unload a model or raise the memory limit"
            );
            sequence.fail(GenerationError { code: "out_of_memory", message });
        }
        let now = (self.clock)();
        model.remove(id, &mut self.memory, &mut self.clients, now);
    }

    /// Lets a request that alone holds pages start again with nothing kept: its blocks may lie in more extents than they fill,
    /// which keeps these from its model's other KV groups. Where that has been tried it is refused.
    pub(super) fn restart_alone(&mut self, key: ModelKey, id: SequenceId) {
        let Some(model) = self.models.get_mut(&key) else { return };
        if !model.sequences.get_mut(&id).is_some_and(Sequence::may_restart) {
            return self.refuse(key, id);
        }
        model.push_back(id, &mut self.memory);
        self.memory.forget_kept();
    }

    /// Pushes back the newest request of all that hold pages, where that is newer than `id`.
    pub(super) fn push_back_newer_than(&mut self, id: SequenceId) -> bool {
        let Some((newest, key)) = self.newest_holder().filter(|(newest, _)| *newest > id) else {
            return false;
        };
        if let Some(model) = self.models.get_mut(&key) {
            tracing::debug!(model = model.handle.id, request = newest, "pushed back");
            model.push_back(newest, &mut self.memory);
        }
        true
    }

    /// Whether no other request than `id` holds pages.
    pub(super) fn is_only_holder(&self, id: SequenceId) -> bool {
        self.models.values().flat_map(holders).all(|(holder, _)| holder == id)
    }

    fn newest_holder(&self) -> Option<(SequenceId, ModelKey)> {
        let newest = |model: &ModelState<B>| {
            let id = holders(model).map(|(id, _)| id).max()?;
            Some((id, model.handle.key))
        };
        self.models.values().filter_map(newest).max()
    }
}

fn holders<B: Backend>(model: &ModelState<B>) -> impl Iterator<Item = (SequenceId, &Sequence)> {
    let running = model.running.iter().filter_map(|id| Some((*id, model.sequences.get(id)?)));
    running.filter(|(_, sequence)| !sequence.pages().is_empty())
}
