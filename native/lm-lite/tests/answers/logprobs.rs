use serde_json::{Value, json};

use crate::common::{Start, chat_request, content};
use crate::support::{CHAT, COMPLETIONS, ask, bytes, choices, chunks, completion, content_tokens, of_choice};

#[test]
fn logprobs_are_those_of_the_text_and_the_same_when_streamed() {
    let server = Start::new().tiny().start();
    let fields = json!({
        "seed": 3, "temperature": 1.3, "max_tokens": 40, "logprobs": true, "top_logprobs": 3,
    });
    let answer = ask(&server, CHAT, &chat_request(fields.clone()));
    let tokens = content_tokens(&answer["choices"][0]);
    assert_eq!(String::from_utf8_lossy(&bytes(tokens)), content(&answer));
    for token in tokens {
        let top = token["top_logprobs"].as_array().unwrap();
        let logprobs: Vec<_> = top.iter().map(|top| top["logprob"].as_f64().unwrap()).collect();
        assert!(top.len() == 3 && logprobs.is_sorted_by(|a, b| a >= b), "{token}");
        assert!(token["logprob"].as_f64().unwrap() <= logprobs[0], "{token}");
        assert!(logprobs.iter().map(|logprob| logprob.exp()).sum::<f64>() < 1.0 + 1e-4, "{token}");
    }
    let chunks = chunks(&server, CHAT, chat_request(fields));
    let streamed: Vec<_> = of_choice(&chunks, 0, "/logprobs/content")
        .iter()
        .flat_map(|content| content.as_array().unwrap())
        .cloned()
        .collect();
    assert_eq!(streamed, tokens);
    // What the model held to be probable is told before temperature and masks.
    let greedy = json!({ "temperature": 0, "max_tokens": 1, "logprobs": true });
    let hot = json!({ "temperature": 50, "max_tokens": 1, "logprobs": true, "top_logprobs": 1 });
    let first = |fields: Value| {
        let answer = ask(&server, CHAT, &chat_request(fields));
        content_tokens(&answer["choices"][0]).first().cloned()
    };
    if let (Some(greedy), Some(hot)) = (first(greedy), first(hot)) {
        assert_eq!(greedy["logprob"], hot["top_logprobs"][0]["logprob"]);
    }
    assert_eq!(
        ask(&server, CHAT, &chat_request(json!({ "max_tokens": 2 })))["choices"][0]["logprobs"],
        Value::Null
    );
}

#[test]
fn logprobs_of_half_characters_have_their_bytes_and_come_with_the_whole_one() {
    let server = Start::new().tiny().start();
    let text = "a文é👩‍🚀🏳️‍🌈";
    let fields = json!({ "structured_outputs": { "choice": [text] }, "logprobs": true });
    let answer = ask(&server, CHAT, &chat_request(fields.clone()));
    assert_eq!(bytes(content_tokens(&answer["choices"][0])), text.as_bytes());
    for chunk in chunks(&server, CHAT, chat_request(fields)) {
        let Some(choice) = chunk["choices"].get(0) else { continue };
        let Some(piece) = choice["delta"]["content"].as_str().filter(|piece| !piece.is_empty()) else {
            continue;
        };
        assert_eq!(bytes(content_tokens(choice)), piece.as_bytes(), "{chunk}");
    }
}

#[test]
fn logprobs_of_text_that_is_held_back_wait_for_it_and_those_of_stop_strings_never_come() {
    let server = Start::new().tiny().start();
    let text = "one ##two ##";
    let fields = |stop: &[&str]| {
        chat_request(json!({ "structured_outputs": { "choice": [text] }, "stop": stop, "logprobs": true }))
    };
    for (stops, expected) in [(["###", "##t "], text), (["#two", "two ##"], "one #")] {
        let answer = ask(&server, CHAT, &fields(&stops));
        assert_eq!(content(&answer), expected);
        let tokens = bytes(content_tokens(&answer["choices"][0]));
        // The last token may go on into the stop string.
        assert!(tokens.starts_with(expected.as_bytes()) && text.as_bytes().starts_with(&tokens), "{answer}");
        let mut written = 0;
        for chunk in chunks(&server, CHAT, fields(&stops)) {
            let Some(choice) = chunk["choices"].get(0).filter(|choice| choice["logprobs"].is_object()) else {
                continue;
            };
            written += choice["delta"]["content"].as_str().unwrap().len();
            let last =
                content_tokens(choice).last().map_or(0, |token| token["bytes"].as_array().unwrap().len());
            let told = bytes(content_tokens(choice)).len();
            assert!(told <= written + last, "{chunk}");
        }
        assert_eq!(written, expected.len());
    }
}

#[test]
fn completions_have_logprobs_in_their_own_form() {
    let server = Start::new().tiny().start();
    let request = completion(json!({ "logprobs": 2, "seed": 9, "prompt": ["Once", "Twice"] }));
    let answer = ask(&server, COMPLETIONS, &request);
    let streamed = chunks(&server, COMPLETIONS, request);
    for (index, choice) in choices(&answer).iter().enumerate() {
        let list = |name: &str| choice["logprobs"][name].as_array().unwrap();
        let (tokens, offsets) = (list("tokens"), list("text_offset"));
        let text: Vec<char> = choice["text"].as_str().unwrap().chars().collect();
        for (token, offset) in tokens.iter().zip(offsets) {
            let token: Vec<char> = token.as_str().unwrap().chars().collect();
            let offset = usize::try_from(offset.as_u64().unwrap()).unwrap();
            // Halves of characters stand for no text of their own.
            assert!(token.contains(&'\u{FFFD}') || text[offset..].starts_with(&token), "{choice}");
        }
        for (token, (top, logprob)) in
            tokens.iter().zip(list("top_logprobs").iter().zip(list("token_logprobs")))
        {
            let top = top.as_object().unwrap();
            assert!((1..=3).contains(&top.len()) && top.contains_key(token.as_str().unwrap()), "{choice}");
            assert!(logprob.as_f64().unwrap() <= 0.0, "{choice}");
        }
        for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
            let pieces = of_choice(&streamed, index, &format!("/logprobs/{name}"));
            let whole: Vec<_> = pieces.iter().flat_map(|piece| piece.as_array().unwrap()).cloned().collect();
            assert_eq!(&whole, list(name));
        }
    }
}
