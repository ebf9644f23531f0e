"""Small templates, each for one thing that published chat templates ask of the template language.

Names that begin with `rare` stand for what few of them do.
"""

LOOP = "{% for message in messages %}"
END = "{% endfor %}"

EXPRESSIONS = {
    # Blocks and white space. trim_blocks and lstrip_blocks are on, the last line end of a template is dropped.
    "block lines vanish": "a\n  {% if true %}\nb\n  {% endif %}\nc\n",
    "only one last line end is dropped": "a\n\n",
    "expression lines stay": "  {{ 'a' }}  \n  b\n",
    "comment lines vanish": "a\n  {# comment #}\nb",
    "minus trims": "a \n {%- if true -%} \n b \n {%- endif -%} \n c {{- 'd' -}} \n e",
    "plus keeps": "a\n  {%+ if true %}b{% endif %}\n",
    "raw": "{% raw %}{{ x }} {% y %}{% endraw %}",
    "set block": "{% set text %}  b {{ 1 + 1 }}{% endset %}[{{ text | trim }}]",
    "filter block": "{% filter upper %}filtered {{ 'x' }}{% endfilter %}",
    "macro": "{% macro m(a, b=2) %}{{ a }}-{{ b }};{% endmacro %}{{ m(1) }}{{ m(1, b='x') }}{{ m(b=3, a=4) }}",
    "recursive macro": "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "call block": "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}x{% endcall %}",
    "namespace": "{% set ns = namespace(n=0, s='') %}"
    + LOOP
    + "{% set ns.n = ns.n + 1 %}{% set ns.s = ns.s ~ loop.index %}"
    + END
    + "{{ ns.n }}{{ ns.s }}",
    "set in a loop stays inside": "{% set x = 1 %}" + LOOP + "{% set x = 2 %}" + END + "{{ x }}",
    "set in an if goes outside": "{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    "two targets": "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "break and continue": LOOP
    + "{% if loop.index == 2 %}{% continue %}{% endif %}{% if message.role == 'tool' %}{% break %}{% endif %}{{ loop.index }}"
    + END,
    "loop variables": LOOP
    + "{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ 'f' if loop.first }}{{ 'l' if loop.last }}{{ loop.length }} "
    + END,
    "loop neighbours": LOOP
    + "{{ loop.previtem.role if loop.previtem is defined else '-' }}>{{ loop.nextitem.role if loop.nextitem is defined else '-' }} "
    + END,
    "loop cycle": LOOP + "{{ loop.cycle('odd', 'even') }} " + END,
    "loop with condition": "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }} {% endfor %}",
    "loop else": "{% for m in [] %}x{% else %}none{% endfor %}",
    "loop over pairs": "{% for key, value in tools[0].function.parameters.properties.items() %}{{ key }}:{{ value.type | default('?') | tojson }} {% endfor %}",
    "loop over keys": "{% for key in tools[0].function %}{{ key }} {% endfor %}",
    "generation": "{% generation %}kept{% endgeneration %}",
    "rare recursive loop": "{% for x in [[1, [2]], [3]] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}",
    # Access.
    "index and attribute": "{{ messages[0].role }}{{ messages[0]['role'] }}{{ messages[-1]['content'] }}",
    "slices": "{{ messages[1:] | length }}{{ messages[:-1] | length }}{{ messages[::-1][0].content }}{{ 'abcdef'[1:4] }}{{ 'abcdef'[-2:] }}{{ 'abc'[::-1] }}",
    "undefined prints nothing": "[{{ missing }}][{{ messages[0].missing }}]",
    "undefined is false": "{{ 'x' if missing else 'y' }}{{ 'x' if messages[0].missing else 'y' }}",
    "undefined has no length": "{% for x in missing %}x{% endfor %}{{ missing | length }}",
    "in undefined": "{{ 'x' if 'a' in messages[4].content else 'y' }}",
    "attribute of undefined fails": "{{ missing.attribute }}",
    "sum with undefined fails": "{{ 'a' + messages[4].content }}",
    "join of undefined with tilde": "{{ 'a' ~ missing ~ 'b' }}",
    "tools are none when absent": "{{ 'defined' if documents is defined }}{{ ' and none' if documents is none }}",
    "get": "{{ messages[0].get('role') }}{{ messages[0].get('x', 'y') }}{{ messages[1].get('name') }}",
    "keys and values": "{{ messages[1].keys() | list | join(',') }} {{ {'a': 1}.values() | list | first }}",
    "method named like a key": "{{ {'items': 1}['items'] }}",
    "dictionary call": "{{ dict(a=1, b='x') | tojson }}",
    "special token": "{{ eos_token }}|{{ bos_token }}",
    # Tests.
    "type tests": LOOP
    + "{{ 's' if message.content is string }}{{ 'm' if message.content is mapping }}{{ 'q' if message.content is sequence }}{{ 'i' if message.content is iterable }} "
    + END,
    "defined and none": "{{ 'a' if messages[4].content is defined else 'b' }}{{ 'a' if none is none else 'b' }}{{ 'a' if messages[1].name is not none else 'b' }}",
    "number tests": "{{ 'i' if 1 is integer }}{{ 'f' if 1.5 is float }}{{ 'n' if 1 is number }}{{ 'o' if 3 is odd }}{{ 'e' if 4 is even }}{{ 'd' if 9 is divisibleby(3) }}{{ 'b' if true is boolean }}",
    "boolean tests": "{{ 't' if true is true }}{{ 'f' if false is false }}{{ 'x' if 1 is true }}{{ 'y' if none is false }}",
    "equality tests": "{{ 'a' if 1 is eq(1) }}{{ 'b' if 1 is equalto 1 }}{{ 'c' if 1 is ne(2) }}{{ 'd' if 2 is gt(1) }}{{ 'e' if 'a' is in ['a'] }}",
    "in": "{{ 'a' if 'role' in messages[0] }}{{ 'b' if 'x' not in 'abc' }}{{ 'c' if 2 in [1, 2] }}{{ 'd' if 'ef' in 'def' }}",
    "case tests": "{{ 'l' if 'abc' is lower }}{{ 'u' if 'ABC' is upper }}",
    "comparison of unlike types": "{{ 'x' if '1' == 1 else 'y' }}{{ 'x' if 1 == 1.0 else 'y' }}{{ 'x' if true == 1 else 'y' }}",
    "lists and dictionaries are equal by content": "{{ 'x' if [1, 2] == [1, 2] else 'y' }}{{ 'x' if {'a': 1, 'b': 2} == {'b': 2, 'a': 1} else 'y' }}",
    # Operators.
    "arithmetic": "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 2 ** 5 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 1 + 2 * 3 }}",
    "string operators": "{{ 'a' ~ 1 ~ 2.5 }}{{ 'ab' * 3 }}{{ 'a' + 'b' }}",
    "list sum": "{{ ([1] + [2, 3]) | join }}",
    "conditional without else": "[{{ 'x' if false }}]",
    "short circuit": "{{ messages[4].content or 'none' }}{{ '' or 'empty' }}{{ 'a' and 'b' }}{{ 0 or 0.0 or 'z' }}",
    "chained comparison": "{{ 'a' if 1 < 2 < 3 else 'b' }}{{ 'a' if 1 < 2 > 3 else 'b' }}",
    "precedence of filter and sum": "{{ 'a' + ' b ' | trim + 'c' }}",
    "precedence of not and in": "{{ 'a' if not 'x' in 'y' else 'b' }}{{ 'a' if not true or true else 'b' }}",
    "percent format": "{{ '%s has %d' % ('x', 3) }} {{ '%05.2f' % 3.14159 }} {{ '%s has %d' | format('x', 3) }}",
    "string format": "{{ '{} {}'.format('a', 1) }} {{ '{0}{x}'.format('a', x=2) }}",
    "escapes": "{{ 'a\\nb\\tc\\\\d\\'e\\u00e9' }}{{ \"it's\" }}",
    # Filters.
    "length": "{{ 'é👩🏿‍🚀' | length }} {{ [1, 2] | length }} {{ {'a': 1} | length }} {{ messages | count }}",
    "default": "{{ missing | default('a') }}{{ '' | default('b') }}{{ '' | default('c', true) }}{{ none | default('d') | string | length }}",
    "trim": "[{{ '  x ' | trim }}][{{ '--x-' | trim('-') }}][{{ '\\u00a0x\\u3000' | trim }}]",
    "case": "{{ 'aB' | upper }}{{ 'aB' | lower }}{{ 'aB cD' | title }}{{ 'aB cD' | capitalize }}",
    "replace": "{{ 'a-b-c' | replace('-', '+') }}{{ 'aaa' | replace('a', 'b', 2) }}",
    "join": "{{ [1, 'a', 2.5] | join(', ') }}{{ messages[:2] | map(attribute='role') | join('/') }}{{ messages[:2] | join('+', attribute='role') }}",
    "map": "{{ ['a', 'b'] | map('upper') | join }}{{ messages | map(attribute='name', default='-') | join(',') }}",
    "select": "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | selectattr('name', 'defined') | list | length }}{{ messages | rejectattr('role', 'in', ['user', 'tool']) | list | length }}{{ [1, 2, 3] | select('odd') | join }}{{ [1, none, 0] | reject('none') | join }}",
    "first and last": "{{ [1, 2] | first }}{{ [1, 2] | last }}{{ 'ab' | first }}{{ (messages | last).content }}",
    "list and unique": "{{ 'abc' | list | join('.') }}{{ [1, 2, 1] | unique | join }}{{ ['a', 'A'] | unique | join }}",
    "sort": "{{ [3, 1, 2] | sort | join }}{{ ['b', 'A', 'c'] | sort | join }}{{ ['b', 'A'] | sort(case_sensitive=true) | join }}{{ [1, 2] | sort(reverse=true) | join }}{{ [{'n': 2}, {'n': 1}] | sort(attribute='n') | map(attribute='n') | join }}",
    "dictionary sort": "{% for key, value in {'b': 1, 'A': 2, 'c': 3} | dictsort %}{{ key }}{{ value }}{% endfor %}",
    "items": "{% for key, value in {'b': 1, 'a': 2} | items %}{{ key }}{{ value }}{% endfor %}",
    "numbers": "{{ -3 | abs }} {{ 2.567 | round(1) }} {{ 2.5 | round | int }} {{ '42' | int + 1 }} {{ '1.5' | float }} {{ 'x' | int(7) }} {{ [1, 2, 3] | sum }} {{ [1, 3, 2] | max }} {{ [2, 1] | min }}",
    "reverse": "{{ 'abc' | reverse }}{{ [1, 2] | reverse | join }}",
    "string": "{{ 12 | string | length }}{{ 1.0 | string }}",
    "batch and slice": "{% for row in [1, 2, 3] | batch(2) %}{{ row | join }};{% endfor %}",
    "group": "{% for role, group in messages | groupby('role') %}{{ role }}{{ group | length }} {% endfor %}",
    "indent": "{{ 'a\\nb' | indent(2) }}{{ 'a\\nb' | indent(1, true) }}",
    "safe and escape": "{{ '<&>' | safe }}{{ '<b> \"x\"' | escape }}{{ '<' }}",
    "truncate": "{{ 'a long sentence' | truncate(8, true, '...', 0) }}",
    "word count": "{{ 'one two' | wordcount }}",
    # JSON as Python writes it.
    "json separators": "{{ {'b': [1, 2.0, none, true], 'a': {}} | tojson }}{{ [] | tojson }}",
    "json does not escape": "{{ '<b>&\\'é😀 \\u2028/' | tojson }}",
    "json escapes": "{{ 'a\"b\\\\c\\n\\t\\r' | tojson }}{{ '\\u0000\\u001f\\u007f' | tojson }}",
    "json indent": "{{ {'a': [1, {'b': []}], 'c': {}} | tojson(indent=2) }}",
    "json of tools": "{{ tools | tojson }}",
    "json options": "{{ {'b': 1, 'a': 'é'} | tojson(sort_keys=true, separators=(',', ':')) }}{{ 'é😀' | tojson(ensure_ascii=true) }}",
    "json of a message": "{{ messages[2] | tojson }}{{ messages[3].content | tojson(indent=4) }}",
    # Strings as in Python.
    "strip": "[{{ ' x '.strip() }}][{{ ' x '.lstrip() }}][{{ ' x '.rstrip() }}][{{ 'xxaxx'.strip('x') }}][{{ '\\n\\nx'.lstrip('\\n') }}][{{ 'x.!'.rstrip('.!') }}]",
    "split": "{{ 'a,b,,c'.split(',') | length }}{{ 'a b  c'.split() | join('|') }}{{ 'a,b,c'.split(',', 1)[-1] }}{{ 'a</t>b</t>c'.split('</t>')[-1] }}{{ 'a,b,c'.rsplit(',', 1)[0] }}{{ 'a\\nb'.splitlines() | join('+') }}",
    "starts and ends": "{{ 'x' if 'abc'.startswith('ab') }}{{ 'y' if 'abc'.endswith('bc') }}{{ 'z' if 'abc'.startswith(('x', 'a')) }}",
    "case methods": "{{ 'straße'.upper() }}{{ 'ABC'.lower() }}{{ 'hello world'.title() }}{{ 'hELLO'.capitalize() }}",
    "find and count": "{{ 'abcb'.find('b') }}{{ 'abc'.find('x') }}{{ 'abcb'.rfind('b') }}{{ 'aXbX'.count('X') }}",
    "replace method": "{{ 'a-b'.replace('-', '') }}{{ 'aaa'.replace('a', 'b', 1) }}",
    "join method": "{{ '-'.join(['1', '2']) }}",
    "predicates": "{{ 'd' if '12'.isdigit() }}{{ 'a' if 'ab'.isalpha() }}{{ 's' if ' '.isspace() }}{{ 'u' if 'AB'.isupper() }}",
    "rare partition": "{{ 'a=b=c'.partition('=')[2] }}{{ 'a=b=c'.rpartition('=')[0] }}",
    "rare remove prefix": "{{ 'prefix-x'.removeprefix('prefix-') }}{{ 'x.txt'.removesuffix('.txt') }}",
    "rare list methods": "{{ [1, 2, 1].count(1) }}{{ ['a', 'b'].index('b') }}",
    "rare booleans as text": "{{ true }} {{ none }} {{ 1 == 1 }}",
    "rare lists as text": "{{ ['a', 1, none, true] }} {{ {'a': 'b'} }}",
    "rare floats as text": "{{ 1e16 }} {{ 1e-7 }} {{ 0.1 + 0.2 }} {{ 3.0 }}",
    # Functions.
    "range": "{{ range(3) | list | join }}{{ range(5, 0, -2) | join('-') }}{% for i in range(messages | length - 1, -1, -1) %}{{ i }}{% endfor %}",
    "raise": "{{ raise_exception('No: ' ~ messages | length) }}",
    "raise in a branch not taken": "{% if false %}{{ raise_exception('never') }}{% endif %}ok",
    "date": "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d') }}|{{ strftime_now('%A, %B %-d, %Y %H:%M:%S %p %j %y') }}",
    "joiner and cycler": "{% set j = joiner(', ') %}{{ j() }}a{{ j() }}b{% set c = cycler('x', 'y') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}",
}
