"""Test strings for tokenizers: written by hand where a trap is known, generated where breadth counts."""

import random
import unicodedata
from collections.abc import Callable

EMOJI = [
    "😀", "👍🏽", "👩🏿‍🚀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🏴‍☠️", "🇩🇪", "🇯🇵🇺🇸", "🇺", "❤️‍🔥", "☺", "☺️", "☺︎", "1️⃣", "#️⃣",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🧑🏻‍❤️‍💋‍🧑🏾", "👁️‍🗨️", "🫠", "🪿", "🙂‍↔️", "👩‍👩", "🏽", "‍", "️",
]  # fmt: skip
COMBINING = [
    "é", "e\u0301", "ñ", "n\u0303", "Å", "A\u030a", "\u212b", "ệ", "e\u0323\u0302", "e\u0302\u0323", "ﬁ", "ﬀ", "½", "²",
    "각", "\u1100\u1161\u11a8", "가\u11a8", "が", "か\u3099", "שָׁלוֹם", "ש\u05b8\u05c1", "q\u0307\u0323", "Z̸̧̛̹a̴̢͝l̷͔̾g̵̢̛o̶͉͠", "\u0301",
    "\u0301a", " \u0301", "\n\u0301", "क\u093c", "\u0958", "ư\u031b", "ⓐ", "㎏", "①", "Ⅷ", "ß", "ẞ", "İ", "ı", "ǆ", "ﷺ",
]  # fmt: skip
SCRIPTS = {
    "latin": "The shell prints naïve café façade Straße über groß œuvre İstanbul Łódź".split(),
    "greek": "Η γρήγορη αλεπού πηδάει πάνω από το σκυλί ἀρχή λόγος".split(),
    "cyrillic": "Съешь же ещё этих мягких французских булок Київ й Ђорђе".split(),
    "chinese": "中文分詞 你好世界 服务器列表 文件夹 大小 二〇二六年 𠮷野家 㐀 龘".split(),
    "japanese": "日本語 こんにちは カタカナ ひらがな ﾊﾝｶｸ 々 ー ガギグ".split(),
    "korean": "안녕하세요 세계 파일 목록 크기 ㅋㅋㅋ".split(),
    "arabic": "مرحبا بالعالم اَلْعَرَبِيَّةُ ملفات ١٢٣ لا ـــ".split(),
    "hebrew": "שלום עולם עִבְרִית קבצים".split(),
    "thai": "สวัสดีชาวโลก ไฟล์ น้ำ ๑๒๓ กำ".split(),
    "devanagari": "नमस्ते दुनिया फ़ाइल क्षत्रिय १२३ ज़".split(),
    "other": "తెలుగు বাংলা தமிழ் ਗੁਰਮੁਖੀ ქართული հայերեն አማርኛ ខ្មែរ မြန်မာ བོད་ཡིག ᚠᚢᚦ 𐍈 𝔘𝔫𝔦 𝟙𝟚".split(),
}
SPACES = [
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    " \n",
    "\n ",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u2028",
    "\u0085",
    "\v",
    "\f",
]
CONTROLS = [chr(code) for code in [*range(0x00, 0x20), *range(0x7F, 0xA0)]] + [
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202e", "\u2060", "\ufeff", "\u00ad", "\ufffe", "\uffff", "\ufffd", "\ufff9",
    "\ue000", "\U0010ffff", "\U000e0001", "\U0001fffe", "\u0378", "\U000f0000",
]  # fmt: skip
CODE = [
    "for (let i = 0; i < n; ++i) { sum += a[i]; }", "def f(x: int) -> str:\n    return f\"{x!r}\"\n", "fn main() -> Result<(), E> {\n\tOk(())\n}",
    "SELECT * FROM files WHERE name LIKE '%.md' ORDER BY bytes DESC;", "ls -al | awk '{print $5, $9}' > /tmp/out.txt 2>&1", "#include <stdio.h>",
    "<div class=\"a b\">&nbsp;&amp;</div>", "const re = /^[^\\s]+$/gu;", "x = x**2 // 3 % 4 ^ ~y & z | w << 2", "git commit -m \"it's done\"",
    "\\begin{align} \\frac{1}{2} \\end{align}", "#!/bin/sh\nset -eu\n", "a?.b ?? c!.d", "std::vector<std::map<int, float>> v{{}};", "i++; --j; k->l",
]  # fmt: skip
LINKS = [
    "https://example.com/a/b?c=d&e=f%20g#h", "http://user:pw@127.0.0.1:8080/", "mailto:a.b+c@example.org", "C:\\Program Files\\x.exe", "/usr/lib/../bin",
    "https://例え.jp/パス?クエリ=値", "file:///etc/passwd", "s3://bucket/key", "192.168.0.1/24", "::1", "data:text/plain;base64,SGVsbG8=", "~/.config",
]  # fmt: skip
JSON = [
    '{"a": [1, 2.5e-3, null, true], "b": {"c": "d\\n\\u00e9"}}', '{"files":[{"name":"a.txt","bytes":10}]}', "[]", "{}", '""', '"\\""', "[[[[]]]]",
    '{\n  "key": "value",\n  "list": [\n    1,\n    2\n  ]\n}', '{"":0}', "[1,2,3,]", '{"unterminated": "', "'single'", '{"😀":"é"}',
]  # fmt: skip
NUMBERS = [
    "0", "7", "42", "123", "1234", "12345", "1234567890", "3.14159", "-1", "+1", "1e-10", "0x1F", "1,234,567.89", "1 234", "½", "١٢٣", "१२३", "一二三", "²³",
    "٣.١٤", "2026-11-21T20:34:05Z", "00:00", "50%", "$5", "€5", "№5", "1st", "v1.2.3", "0b101", "1_000", "𝟏𝟐", "Ⅻ", "๑๒",
]  # fmt: skip
CONTRACTIONS = [
    "I'm",
    "don't",
    "we'll",
    "YOU'RE",
    "it'S",
    "I'D",
    "they've",
    "'tis",
    "o'clock",
    "it’s",
    "'S",
    "''s",
    "a'b",
    "'re",
    "'LLx",
    "ſ's",
    "K'ſ",
]
INVALID_LOOKING = [
    "Ã©", "â€™", "ï»¿", "\ufffd\ufffd", "é\ufffd", "\\xff\\xfe", "%FF%FE", "\\u0000", "\\ud83d\\ude00", "&#x1F600;", "\x00\x01\x02", "\x7f", "\x1b[31mred\x1b[0m",
    "\x80\x81", "ÿþ", "\u00ff", "Ā", "Ġ", "Ċ", "ĠĠ", "â", "▁", "▁▁a", "<0x0A>", "<0x", "<unk>", "##ing", "</w>",
]  # fmt: skip
SPACING = [
    "", " ", "  ", "   ", "\n", "\n\n", "\n\n\n", "\r\n\r\n", "\t\t", " \n ", "a ", " a", "  a", "   a", "a  b", "a   b", "a\nb", "a \n b", "a\n\n\nb", "a\r\nb", "a\rb",
    "a\tb", "a \t b", "\ta", "a\u00a0b", "a\u3000b", "a\u2028b", "a\u0085b", " \u00a0 ", "!\n", "!\n\n", "! \n", " !\n", "...\r\n", "a,\nb", "\n a", "\n  a", " \n\n  a  \n",
    "a \u0301b", "foo(  )", "x  =  1", "    indented", "trailing    ", "\u2003\u2003a", "\v\f", "a\x00b", "\u200b", "a\u200bb", "\ufeffa",
]  # fmt: skip


def normal_forms(texts: list[str]) -> list[str]:
    return [unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")]


def special_token_texts(tokens: list[str]) -> list[str]:
    """Special tokens whole, broken, joined, and beside every kind of neighbour."""
    texts = [*tokens, "".join(tokens), " ".join(tokens), "\n".join(tokens)]
    for token in tokens:
        texts += [f"a{token}b", f" {token} ", f"{token}\n", f"{token}{token}", token[:-1], token[1:], token.upper()]
        texts += [
            f"{token[:3]} {token[3:]}",
            f"{token[:2]}{token}{token[2:]}",
            f"é{token}\u0301",
            f"{token}'s",
            f"<{token}>",
            f"{token} a",
        ]
    return texts


def assigned(first: int, last: int) -> list[str]:
    return [chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]


BLOCKS = {
    "ascii": assigned(0x20, 0x7E),
    "latin": assigned(0xA0, 0x24F),
    "marks": assigned(0x300, 0x36F),
    "greek and cyrillic": assigned(0x370, 0x52F),
    "right to left": assigned(0x590, 0x6FF),
    "indic": assigned(0x900, 0xDFF),
    "southeast asian": assigned(0xE00, 0x109F),
    "hangul": assigned(0x1100, 0x11FF) + assigned(0xAC00, 0xAD00),
    "punctuation and symbols": assigned(0x2000, 0x2BFF),
    "kana": assigned(0x3000, 0x30FF),
    "ideographs": assigned(0x4E00, 0x5200) + assigned(0x20000, 0x20080),
    "presentation forms": assigned(0xFB00, 0xFDFF) + assigned(0xFF00, 0xFFEF),
    "mathematical": assigned(0x1D400, 0x1D4FF),
    "emoji": assigned(0x1F300, 0x1F64F) + assigned(0x1F900, 0x1F9FF) + ["\u200d", "\ufe0f", "🏽"],
    "everything": assigned(0x20, 0x2FFFF)[::37],
}


class Sentences:
    """Random texts of many kinds, the same for the same seed."""

    def __init__(self, seed: int, special_tokens: list[str]):
        self.random = random.Random(seed)
        self.special_tokens = special_tokens
        words = [word for script in SCRIPTS.values() for word in script]
        self.pool = words + EMOJI + COMBINING + NUMBERS + CONTRACTIONS + INVALID_LOOKING + LINKS

    def words_of_one_script(self) -> str:
        script = self.random.choice(list(SCRIPTS.values()))
        return " ".join(self.random.choices(script, k=self.random.randint(2, 9)))

    def mixture(self) -> str:
        parts = []
        for _ in range(self.random.randint(2, 10)):
            parts.append(self.random.choice(self.pool))
            parts.append(self.random.choice(["", " ", " ", ", ", ". ", self.random.choice(SPACES)]))
        return "".join(parts)

    def characters_of_one_block(self) -> str:
        block = self.random.choice(list(BLOCKS.values()))
        return "".join(self.random.choices(block, k=self.random.randint(1, 16)))

    def characters_of_all_blocks(self) -> str:
        blocks = list(BLOCKS.values())
        return "".join(self.random.choice(self.random.choice(blocks)) for _ in range(self.random.randint(2, 16)))

    def ascii_noise(self) -> str:
        return "".join(self.random.choices([chr(code) for code in range(0x09, 0x7F)], k=self.random.randint(1, 30)))

    def spaces_and_controls(self) -> str:
        pool = SPACES * 2 + CONTROLS + ["a", "b", "1", "!"] * 4
        return "".join(self.random.choices(pool, k=self.random.randint(1, 14)))

    def digits(self) -> str:
        lengths = [self.random.randint(1, 12) for _ in range(self.random.randint(1, 4))]
        separators = ["", " ", ".", ",", "-", ":", "e"]
        return "".join(
            "".join(self.random.choices("0123456789", k=n)) + self.random.choice(separators) for n in lengths
        )

    def structured(self) -> str:
        parts = self.random.choices(CODE + JSON + LINKS, k=self.random.randint(1, 3))
        return self.random.choice(["\n", " ", "\n\n    ", ""]).join(parts)

    def around_special_tokens(self) -> str:
        parts = [
            self.random.choice([self.random.choice(self.special_tokens), self.random.choice(self.pool), "\n", " "])
            for _ in range(6)
        ]
        return "".join(parts)

    def letters_in_a_row(self) -> str:
        letter = self.random.choice("aAé中😀 !0\n\t-=ا\u0301")
        return letter * self.random.randint(2, 120)

    def kinds(self) -> list[Callable[[], str]]:
        return [
            self.words_of_one_script, self.mixture, self.characters_of_one_block, self.characters_of_all_blocks, self.ascii_noise,
            self.spaces_and_controls, self.digits, self.structured, self.around_special_tokens, self.letters_in_a_row,
        ]  # fmt: skip

    def take(self, count: int) -> list[str]:
        kinds = self.kinds()
        texts = [kinds[index % len(kinds)]() for index in range(count)]
        # Every third is decomposed or composed: the forms must meet after normalisation, or stay apart without it.
        return [
            unicodedata.normalize(("NFC", "NFD")[index % 2], t) if index % 3 == 0 else t
            for index, t in enumerate(texts)
        ]


def written_by_hand() -> list[str]:
    texts = SPACING + EMOJI + COMBINING + CONTROLS + CODE + LINKS + JSON + NUMBERS + CONTRACTIONS + INVALID_LOOKING
    return texts + normal_forms([word for script in SCRIPTS.values() for word in script])


def distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


# About 100 KB each: one letter, one mark, one run, and a pair that composes.
LONG_RUNS = [
    ("a", 102400), ("A", 102400), ("é", 51200), ("中", 34134), ("😀", 25600), (" ", 102400), ("\n", 102400), ("\t", 102400), ("0", 102400), ("!", 102400),
    ("-", 102400), ("ا", 51200), ("\u0301", 8192), ("e\u0301", 34134), ("ab", 51200), ("\r\n", 51200), (" a", 51200), ("a ", 51200), ("'s", 51200), ("\x00", 102400),
    ("\ufffd", 34134),
]  # fmt: skip
