use super::Thinking;

/// A ChatML-like template: a role, a line break, the content, and a token that ends the turn.
const MESSAGES: &str = r#"{%- for message in messages %}
    {%- if message.role not in ['system', 'user', 'assistant', 'tool'] %}
        {{- raise_exception('Unknown role ' + message.role + ': expected system, user, assistant or tool') }}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}"#;

/// What Qwen3 has behind the beginning of an answer.
const OPTIONAL: &str = r#"
{%- if add_generation_prompt and enable_thinking is defined and enable_thinking is false %}
    {{- '<think>\n\n</think>\n\n' }}
{%- endif %}"#;

/// What models that always think have there.
const ALWAYS: &str = r#"
{%- if add_generation_prompt %}
    {{- '<think>\n' }}
{%- endif %}"#;

pub(crate) fn chat_template(thinking: Thinking) -> String {
    let beginning = match thinking {
        Thinking::Never => "",
        Thinking::Optional => OPTIONAL,
        Thinking::Always => ALWAYS,
    };
    format!("{MESSAGES}{beginning}")
}
