"""The official Python client on LM Lite: python openai-client.py BASE_URL MODEL, with the key in OPENAI_API_KEY."""

import json
import sys

from openai import BadRequestError, OpenAI

base_url, model = sys.argv[1:]
client = OpenAI(base_url=base_url, max_retries=0)
messages = [{"role": "user", "content": "Paint the wall."}]
schema = {
    "type": "object",
    "properties": {"color": {"enum": ["red", "green"]}, "coats": {"type": "integer", "minimum": 1, "maximum": 3}},
    "required": ["color", "coats"],
    "additionalProperties": False,
}
tools = [{"type": "function", "function": {"name": "paint", "description": "Paints.", "parameters": schema}}]


def check(text):
    value = json.loads(text)
    assert list(value) == ["color", "coats"] and value["color"] in ("red", "green") and value["coats"] in (1, 2, 3), text


assert [entry.id for entry in client.models.list()] == [model]

whole = client.chat.completions.create(model=model, messages=messages, max_tokens=16, seed=1)
stream = client.chat.completions.create(model=model, messages=messages, max_tokens=16, seed=1, stream=True)
text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
assert text == whole.choices[0].message.content

call = {"model": model, "messages": messages, "temperature": 1.5, "seed": 2}
json_schema = {"type": "json_schema", "json_schema": {"name": "wall", "schema": schema, "strict": True}}
check(client.chat.completions.create(**call, response_format=json_schema).choices[0].message.content)

choice = client.chat.completions.create(**call, tools=tools, tool_choice="required", parallel_tool_calls=False).choices[0]
assert choice.finish_reason == "tool_calls"
check(choice.message.tool_calls[0].function.arguments)
with client.chat.completions.stream(**call, tools=tools, tool_choice="required", parallel_tool_calls=False) as events:
    for _ in events:
        pass
    streamed = events.get_final_completion().choices[0].message.tool_calls[0]
assert streamed.function.arguments == choice.message.tool_calls[0].function.arguments
result = {"role": "tool", "tool_call_id": choice.message.tool_calls[0].id, "content": "done"}
client.chat.completions.create(
    model=model, messages=[*messages, choice.message, result], tools=tools, tool_choice="none", max_tokens=4
)

text_format = {"format": {"type": "json_schema", "name": "wall", "schema": schema, "strict": True}}
check(client.responses.create(model=model, input="A wall", temperature=1.5, text=text_format).output_text)
with client.responses.stream(model=model, input="Hello", max_output_tokens=8) as events:
    kinds = [event.type for event in events]
assert kinds[0] == "response.created" and kinds[-1] in ("response.completed", "response.incomplete"), kinds

completions = client.completions.create(model=model, prompt=["Once", "Twice"], max_tokens=4)
assert [entry.index for entry in completions.choices] == [0, 1]

several = client.chat.completions.create(model=model, messages=messages, max_tokens=4, n=2, logprobs=True, top_logprobs=3)
assert [entry.index for entry in several.choices] == [0, 1]
assert all(len(token.top_logprobs) == 3 for entry in several.choices for token in entry.logprobs.content)
assert several.usage.prompt_tokens_details.cached_tokens <= several.usage.prompt_tokens
embeddings = client.embeddings.create(model=model, input=["Once", "Twice"])
assert [entry.index for entry in embeddings.data] == [0, 1]
numbers = client.embeddings.create(model=model, input="Twice", encoding_format="float").data[0].embedding
assert max(abs(a - b) for a, b in zip(embeddings.data[1].embedding, numbers, strict=True)) < 1e-6

try:
    client.chat.completions.create(model=model, messages=messages, temperature=-1)
    raise AssertionError("a negative temperature was taken")
except BadRequestError as error:
    assert error.code == "invalid_value" and error.param == "temperature", error
print("ok")
