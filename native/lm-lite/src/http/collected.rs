use super::answer::{Answer, Finish, Next};
use super::api_error::ApiError;
use super::piece::Piece;
use super::text_tokens::TextToken;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) reasoning: String,
    pub(crate) text: String,
    /// Those of the text, where their probabilities were asked for.
    pub(crate) tokens: Vec<TextToken>,
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
    let (mut reasoning, mut text) = (String::new(), String::new());
    let (mut tokens, mut calls) = (Vec::new(), Vec::new());
    loop {
        match answer.next().await {
            Next::Piece(Piece::Reasoning(piece)) => reasoning.push_str(&piece),
            Next::Piece(Piece::Text { text: piece, tokens: of_piece }) => {
                text.push_str(&piece);
                tokens.extend(of_piece);
            }
            Next::Piece(Piece::Call { id, name, .. }) => {
                calls.push(Call { id, name, arguments: String::new() });
            }
            Next::Piece(Piece::Arguments { text, .. }) => {
                if let Some(call) = calls.last_mut() {
                    call.arguments.push_str(&text);
                }
            }
            Next::End(end) => return Ok(Collected { reasoning, text, tokens, calls, finish: end? }),
        }
    }
}
