use super::common::{Random, embedding_reference};
use super::report::WorldReport;
use super::stage::Stage;
use super::trouble::Trouble;
use super::world::SimulatedModel;
use crate::embedding::Embedding;
use crate::{EmbeddingRequest, Pooling, Request};

struct Pending {
    embedding: Embedding,
    expected: Vec<f32>,
    first_step: u64,
}

/// Embeddings that a world waits for.
#[derive(Default)]
pub(super) struct Embeddings(Vec<Pending>);

impl Embeddings {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Asks for the prompt of a request and the half of it, where the model takes them.
    pub(super) fn ask(
        &mut self,
        stage: &Stage,
        random: &mut Random,
        model: &SimulatedModel,
        request: Request,
    ) {
        let pooling = [Pooling::Last, Pooling::First, Pooling::Mean][random.below(3)];
        let half = request.prompt[..request.prompt.len().div_ceil(2)].to_vec();
        let inputs = vec![half, request.prompt];
        let expected: Vec<_> =
            inputs.iter().map(|input| embedding_reference(&model.layouts, input, pooling)).collect();
        let request =
            EmbeddingRequest { inputs, pooling, client: request.client, ..EmbeddingRequest::default() };
        // Whether a refusal is right is found out by the requests for answers.
        let Ok(embeddings) = stage.engine.embed(&model.id, request) else { return };
        let first_step = stage.backend.steps();
        let pending = embeddings.into_iter().zip(expected);
        self.0.extend(pending.map(|(embedding, expected)| Pending { embedding, expected, first_step }));
    }

    /// Cancels some, and checks those that have come.
    pub(super) fn read(
        &mut self,
        random: &mut Random,
        trouble: Trouble,
        steps: u64,
        report: &mut WorldReport,
    ) {
        self.0.retain_mut(|pending| {
            if random.below(1_000) < 1 {
                report.cancelled += 1;
                return false;
            }
            let Some(answer) = pending.embedding.try_get() else { return true };
            match answer {
                Ok(embedded) => {
                    assert_eq!(embedded.vector, pending.expected);
                    report.embedded += 1;
                    report.cached_tokens += embedded.usage.cached_tokens as u64;
                    report.longest_steps = report.longest_steps.max(steps - pending.first_step);
                }
                Err(error) => {
                    assert_eq!(error.code, trouble.failure_code(), "{error}");
                    report.failed += 1;
                }
            }
            false
        });
    }
}
