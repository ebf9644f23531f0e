use serde_json::{Value, json};

use crate::common::{Start, chat_request, content};
use crate::support::{CHAT, COMPLETIONS, ask, choices, chunks, completion, of_choice, texts};

#[test]
fn several_answers_to_one_prompt_are_choices_and_count_it_once() {
    let server = Start::new().tiny().start();
    let fields = json!({ "seed": 4, "temperature": 1.5, "max_tokens": 16 });
    let one = ask(&server, CHAT, &chat_request(fields.clone()));
    let mut request = chat_request(fields);
    request["n"] = json!(3);
    let answer = ask(&server, CHAT, &request);
    let contents: Vec<_> = choices(&answer).iter().map(|choice| &choice["message"]["content"]).collect();
    assert_eq!(contents.len(), 3);
    assert_eq!(*contents[0], content(&one), "the first is the one that a request for one gets");
    assert!(contents[0] != contents[1] && contents[1] != contents[2], "{contents:?}");
    let usage = &answer["usage"];
    assert_eq!(usage["prompt_tokens"], one["usage"]["prompt_tokens"]);
    let tokens = |name: &str| usage[name].as_u64().unwrap();
    assert!((3..=48).contains(&tokens("completion_tokens")));
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));

    let chunks = chunks(&server, CHAT, request);
    for (index, expected) in contents.iter().enumerate() {
        assert_eq!(texts(&of_choice(&chunks, index, "/delta/content")), **expected);
        assert_eq!(texts(&of_choice(&chunks, index, "/delta/role")), "assistant");
        let reasons = of_choice(&chunks, index, "/finish_reason");
        assert_eq!(**reasons.last().unwrap(), choices(&answer)[index]["finish_reason"]);
    }
    assert_eq!(chunks.last().unwrap()["usage"]["completion_tokens"], usage["completion_tokens"]);
}

#[test]
fn the_choices_of_several_prompts_are_numbered_prompt_by_prompt() {
    let server = Start::new().tiny().start();
    let prompts = ["Once upon", "A", "Twice"];
    let alone: Vec<_> = prompts
        .iter()
        .flat_map(|prompt| {
            let answer =
                ask(&server, COMPLETIONS, &completion(json!({ "prompt": prompt, "n": 2, "seed": 1 })));
            choices(&answer).iter().map(|choice| choice["text"].clone()).collect::<Vec<_>>()
        })
        .collect();
    let request = completion(json!({ "prompt": prompts, "n": 2, "best_of": 2, "seed": 1 }));
    let together = ask(&server, COMPLETIONS, &request);
    for (index, text) in alone.iter().enumerate() {
        let choice = &choices(&together)[index];
        assert_eq!((&choice["index"], &choice["text"]), (&json!(index), text));
    }
    let chunks = chunks(&server, COMPLETIONS, request);
    for (index, text) in alone.iter().enumerate() {
        assert_eq!(texts(&of_choice(&chunks, index, "/text")), *text);
    }
}

#[test]
fn usage_tells_what_the_prompt_cache_had() {
    let server = Start::new().tiny().start();
    let words = "one two three four five six seven eight nine ten ".repeat(4);
    let fields = json!({ "messages": [{ "role": "user", "content": words }], "max_tokens": 8, "seed": 2 });
    let cached = |answer: &Value| {
        let usage = &answer["usage"];
        (usage["prompt_tokens"].as_u64().unwrap(), usage["prompt_tokens_details"]["cached_tokens"].clone())
    };
    let first = ask(&server, CHAT, &chat_request(fields.clone()));
    assert_eq!(cached(&first).1, 0);
    // A stop string ends an answer before the engine has told what it took.
    let mut stopped = fields;
    let written = content(&first).chars().take(2).collect::<String>();
    assert!(!written.is_empty(), "{first}");
    stopped["stop"] = json!([written]);
    let (prompt_tokens, cached_tokens) = cached(&ask(&server, CHAT, &chat_request(stopped)));
    assert_eq!(cached_tokens, (prompt_tokens - 1) / 16 * 16);
}

#[test]
fn too_many_choices_are_refused_by_name() {
    let server = Start::new().tiny().start();
    for (path, request, param) in [
        (CHAT, chat_request(json!({ "n": 0 })), "n"),
        (CHAT, chat_request(json!({ "n": 129 })), "n"),
        (CHAT, chat_request(json!({ "n": 1.5 })), "n"),
        (COMPLETIONS, completion(json!({ "n": 2, "best_of": 3 })), "best_of"),
        (COMPLETIONS, completion(json!({ "n": 128, "prompt": vec!["a"; 9] })), "prompt"),
    ] {
        let (status, answer) = server.post(path, &request);
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(param)), "{answer}");
    }
}
