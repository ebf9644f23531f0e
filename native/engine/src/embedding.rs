use std::sync::Arc;

use tokio::sync::oneshot;

use crate::generation::EventSender;
use crate::{GenerationError, Usage};

/// Which hidden states make the embedding of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooling {
    /// That of the last token, which alone sees the whole text where attention is causal.
    #[default]
    Last,
    /// That of the first token.
    First,
    /// The mean of all tokens'. Summed on the host, in f64 and in the order of positions: the same bits whatever the chunks, and
    /// the copy of a step's states is small beside the weights that the step has read.
    Mean,
}

/// Texts to embed with one model.
#[derive(Clone, Debug)]
pub struct EmbeddingRequest {
    /// Token ids of each text: at least one, at most the model's `max_model_len`.
    pub inputs: Vec<Vec<u32>>,
    pub pooling: Pooling,
    /// Features to keep, the first ones, before vectors are normalised; `None` keeps the model's hidden size.
    pub dimensions: Option<usize>,
    /// Whether each vector is divided by its length. Default true.
    pub normalize: bool,
    /// See [`crate::Request::client`].
    pub client: Option<Arc<str>>,
}

impl Default for EmbeddingRequest {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            pooling: Pooling::default(),
            dimensions: None,
            normalize: true,
            client: None,
        }
    }
}

/// The embedding of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// `[dimensions]`
    pub vector: Vec<f32>,
    /// Without completion tokens.
    pub usage: Usage,
}

/// An embedding that is being computed. Dropping it cancels that and frees its pages within one step.
#[derive(Debug)]
pub struct Embedding {
    answer: oneshot::Receiver<Result<Embedded, GenerationError>>,
    dimensions: Option<usize>,
    normalize: bool,
}

impl Embedding {
    pub(crate) fn channel(request: &EmbeddingRequest) -> (EventSender, Self) {
        let (sender, answer) = oneshot::channel();
        let EmbeddingRequest { dimensions, normalize, .. } = *request;
        (EventSender::Embedding(Some(sender)), Self { answer, dimensions, normalize })
    }

    /// Waits for the embedding.
    ///
    /// # Errors
    /// What kept it from being computed.
    pub async fn get(self) -> Result<Embedded, GenerationError> {
        let answer = self.answer.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(finish(answer, self.dimensions, self.normalize))
    }

    /// As [`Embedding::get`], for threads outside an asynchronous runtime.
    ///
    /// # Errors
    /// As there.
    pub fn blocking_get(self) -> Result<Embedded, GenerationError> {
        let answer = self.answer.blocking_recv().unwrap_or_else(|_| Err(gone()))?;
        Ok(finish(answer, self.dimensions, self.normalize))
    }

    /// What has come so far, as it was pooled.
    #[cfg(test)]
    pub(crate) fn try_get(&mut self) -> Option<Result<Embedded, GenerationError>> {
        self.answer.try_recv().ok()
    }
}

fn gone() -> GenerationError {
    GenerationError { code: "engine_unhealthy", message: "the engine has stopped".to_owned() }
}

/// Cuts the vector, and divides it by the length that is left; a vector of zeros stays one.
fn finish(mut answer: Embedded, dimensions: Option<usize>, normalize: bool) -> Embedded {
    let vector = &mut answer.vector;
    vector.truncate(dimensions.unwrap_or(vector.len()));
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if normalize && length > 0.0 {
        vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_cut_before_they_are_normalised() {
        let of = |vector: &[f32], dimensions, normalize| {
            let answer = Embedded { vector: vector.to_vec(), usage: Usage::default() };
            finish(answer, dimensions, normalize).vector
        };
        assert_eq!(of(&[3.0, -4.0, 12.0], Some(2), true), [0.6, -0.8]);
        assert_eq!(of(&[3.0, -4.0, 12.0], Some(2), false), [3.0, -4.0]);
        assert_eq!(of(&[0.0, 2.0], None, true), [0.0, 1.0]);
        assert_eq!(of(&[0.0, 0.0, 5.0], Some(2), true), [0.0, 0.0]);
        // Squares beyond f32 are none beyond f64.
        assert_eq!(of(&[1e30, 0.0], None, true), [1.0, 0.0]);
    }
}
