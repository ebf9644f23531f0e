use super::answer::{Answer, Finish, Next};
use super::api_error::ApiError;
use super::piece::Piece;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) reasoning: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: Finish,
}

/// A call of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON, as the model wrote it.
    pub(crate) arguments: String,
}

/// Waits for the whole of an answer.
pub(crate) async fn collect(mut answer: Answer) -> Result<Collected, ApiError> {
    let (mut reasoning, mut text, mut calls) = (String::new(), String::new(), Vec::new());
    loop {
        match answer.next().await {
            Next::Piece(Piece::Reasoning(piece)) => reasoning.push_str(&piece),
            Next::Piece(Piece::Text(piece)) => text.push_str(&piece),
            Next::Piece(Piece::Call { id, name, .. }) => {
                calls.push(Call { id, name, arguments: String::new() });
            }
            Next::Piece(Piece::Arguments { text, .. }) => {
                if let Some(call) = calls.last_mut() {
                    call.arguments.push_str(&text);
                }
            }
            Next::End(end) => return Ok(Collected { reasoning, text, calls, finish: end? }),
        }
    }
}
