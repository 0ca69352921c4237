"""What a server sent is made safe to look at, and stays readable."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports_conformance.exchange.untrusted import for_log, harmless, shortened
from exports_conformance.reports.messages import BODY_CHARACTERS, body_lines

LINES_TEXT = st.text(max_size=80)
"""Text whose JSON is shorter than the longest line that is shown."""


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\nb\tc\0", r"a\r\nb\tc\x00"),
        ("\x9b2J", r"\x9b2J"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("\u2066x\u2069\u200f\u061c", r"\u2066x\u2069\u200f\u061c"),
        ("a\u200bb\u200d\ufeff\u2060\u00ad", r"a\u200bb\u200d\ufeff\u2060\xad"),
        ("line\u2028end\u2029", r"line\u2028end\u2029"),
        ("half \ud83e of it", r"half \ud83e of it"),
        ("no\u00a0break", r"no\xa0break"),
        ("tag\U000e0041\ue000", r"tag\U000e0041\ue000"),
        ("filler\u3164\u2800\ufe01\U000e0100", r"filler\u3164\u2800\ufe01\U000e0100"),
    ],
)
def test_unseen_character_is_shown_by_its_escape(sent: str, shown: str) -> None:
    assert harmless(sent) == shown


@pytest.mark.parametrize("text", ["Größe 🧦 ❤️", "日本語 — “so”", "עברית العربية", r"back\slash", ""])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


@given(text=st.text(st.characters(exclude_categories=())))
def test_harmless_text_is_one_printable_line_and_can_be_written(text: str) -> None:
    shown = harmless(text)
    assert shown.isprintable()
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert harmless(shown) == shown


def test_shortened_text_counts_what_is_missing() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdef", 5) == "abcde … 1 more character"
    assert shortened("x" * 5_000_003, 3) == "xxx … 5,000,000 more characters"


def test_twice_shortened_text_counts_all_that_is_missing() -> None:
    assert shortened(shortened("x" * 5_000_003, 100_000), 3) == "xxx … 5,000,000 more characters"
    assert shortened(shortened("x" * 11, 10), 10) == "xxxxxxxxxx … 1 more character"
    assert shortened("xxx … 9,9 more characters", 3) == "xxx … 22 more characters"


def test_json_body_is_laid_out_as_it_was_sent() -> None:
    """A repeated key, an odd number and a brace in a string stay what they are."""
    assert laid_out(r'{"a":1.0,"a":[1,"}\",["],"b":{},"c":[]}') == [
        "{",
        '  "a": 1.0,',
        '  "a": [',
        "    1,",
        r'    "}\",["',
        "  ],",
        '  "b": {},',
        '  "c": []',
        "}",
    ]


@given(
    document=st.recursive(
        st.none() | st.integers() | LINES_TEXT,
        lambda each: st.lists(each) | st.dictionaries(LINES_TEXT, each),
        max_leaves=25,  # larger documents are drawn too slowly on a busy machine
    )
)
def test_layout_keeps_the_document(document: object) -> None:
    text = json.dumps([document])[:BODY_CHARACTERS]
    assert "".join("".join(laid_out(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "body",
    ["<p>\nno json</p>", "", "{", '["cut of', "]" * 100, "[1}", "[1,\xa0\x0b2]", '["a\\'],
    ids=["html", "empty", "open", "cut", "closed", "mixed", "spaces", "escape"],
)
def test_body_that_is_no_json_is_shown_as_it_is(body: str) -> None:
    assert "".join(line.strip(" ") for line in laid_out(body)) == body.replace("\n", "")


@pytest.mark.parametrize(
    "body", ["[" * 5_000_000, '"' * 5_000_000, '["' + '\\"' * 5_000_000, "x" * 5_000_000, "\n" * 5_000_000]
)
def test_vast_body_is_bounded(body: str) -> None:
    lines = laid_out(body)
    assert sum(len(line) for line in lines) < BODY_CHARACTERS * 30
    assert "more characters" in lines[-1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a\x3aerror::x"),
        ("  ::error::x", r"  \x3a\x3aerror::x"),
        ("x ##[error]y ##[z]", "x ## [error]y ## [z]"),
        ("File::open ## heading", "File::open ## heading"),
    ],
)
def test_log_holds_no_command_for_the_ci_that_reads_it(text: str, shown: str) -> None:
    assert for_log(text) == shown


def laid_out(body: str) -> list[str]:
    """Return the text of each line of a body."""
    return [line.text for line in body_lines(body)]
