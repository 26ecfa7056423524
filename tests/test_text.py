from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text import clean, count_words, fold, one_line, storable, words

ODD = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "a é\u0646\U0001f469\u2764\u0301\u200b\u200c"
            "\u200d\u202e\ufeff\u00ad\ufe0f\U000e0041\r\n\x00\ud800\u1100\u1161\u11a8\u00a0\u2028"
        ),
    ),
    max_size=40,
)


@given(ODD)
def test_cleaned_text_is_normalised_and_holds_nothing_invisible(text: str) -> None:
    cleaned = clean(text).text
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(character) for character in set(cleaned) - set("\u200c\u200d")} & {"Cf", "Cs"}
    assert not set(cleaned) & set("\x00\r\u200b\u202e\u2028\u00a0")
    assert not re.search("[\u200c\u200d\ufe0f]{3}|[a\\s][\u200c\u200d\ufe0f]", cleaned)
    assert clean(cleaned).text == cleaned


@given(ODD, st.data())
def test_every_piece_of_it_is_traced_to_the_original(text: str, data: st.DataObject) -> None:
    cleaned = clean(text)
    if not cleaned.text:
        return
    start = data.draw(st.integers(0, len(cleaned.text) - 1))
    end = data.draw(st.integers(start + 1, len(cleaned.text)))
    first, last = cleaned.span(start, end)
    assert 0 <= first < last <= len(text)
    assert cleaned.text[start:end] in clean(text[first:last]).text


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=50))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert clean(text).text == text
    assert clean(text).pieces == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200bb", "ab"),
        ("\u202eabc\u202c", "abc"),
        ("e\u0301", "é"),
        ("e\u200d\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\u00a0b\u3000c", "a b c"),
        # Two line ends, which one after the other are no third kind.
        ("a\r\x85b\r\r\nc\u00a0\u0301", "a\n\nb\n\nc \u0301"),
        ("x\ufe0f\U000e0141y", "xy"),
        ("a\ud83d\x00\x1bb", "ab"),
        ("tab\there", "tab\there"),
        ("a\u200c\u200db \u200dc", "ab c"),
        ("ن\u200c\u200d\u200c\u200dن", "ن\u200cن"),
        ("\U0001f469\ufe0f\U000e0101\ufe01\U0001f4bb", "\U0001f469\ufe0f\U0001f4bb"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4"),
        ("e" + "\u0301\u0327" * 500_000, "ȩ" + "\u0327" * 14 + "\u0301" * 15),
    ],
)
def test_what_becomes_of_odd_characters(text: str, expected: str) -> None:
    assert clean(text).text == expected


def test_offsets_span_what_was_taken_out() -> None:
    cleaned = clean("A\u200bB e\u0301 C")
    start = cleaned.text.index("é")
    assert cleaned.span(start, start + 1) == (4, 6)
    assert cleaned.span(0, 2) == (0, 3)


def test_a_text_becomes_one_line_and_storable() -> None:
    assert one_line("a  b\n\n c") == "a b \u23ce c"
    assert storable("a\x00\ud800b\U0001f600\u202e") == "ab\U0001f600\u202e"


@pytest.mark.parametrize(
    "said",
    [
        "من می\u200cخواهم برنامه\u200cنویس بهتری شوم و کتاب\u200cها را می\u200cخوانم.",
        "അവന്\u200d വന്നു കഴിഞ്ഞ് ഞാന്\u200d പോയി.",
        "ශ්\u200dරී ලංකාව",
        "I led \U0001f469\U0001f3fd\u200d\U0001f4bb and shipped \u2764\ufe0f it, "
        "1\ufe0f\u20e3 of \U0001f3f3\ufe0f\u200d\U0001f308.",
    ],
)
def test_joiners_stay_where_a_word_or_an_emoji_is_written_with_them(said: str) -> None:
    cleaned = clean(said)
    assert (cleaned.text, cleaned.pieces) == (said, ())
    # Who leaves them out means the same.
    assert fold(said) == fold(said.replace("\u200c", "").replace("\u200d", "").replace("\ufe0f", ""))


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("it's a well-known thing", 4),
        ("1 2 3 --", 0),
        ("", 0),
        ("मैंने हिंदी में काम किया।", 5),
        ("நான் தமிழ்நாட்டில் வேலை செய்தேன்", 4),
        ("من می\u200cخواهم بروم", 3),
        ("저는 서버를 고쳤습니다", 3),
        ("日本語です", 3),
        ("我们用 Redis 做缓存", 4),
        ("我们用Redis做缓存", 4),
        ("ฉันไปที่ร้าน", 4),
        ("ខ្ញុំទៅសាលា", 3),
    ],
)
def test_words_are_counted_as_their_script_writes_them(text: str, counted: int) -> None:
    assert count_words(text) == counted


def test_words_are_whole_in_every_script_and_single_letters_where_they_are_not_spaced() -> None:
    assert words("don't 用Redis, हिंदी 3 ที่ 10ms") == ["don't", "用", "Redis", "हिंदी", "3", "ที่", "10ms"]


@pytest.mark.heavy
@pytest.mark.parametrize(
    "unit", ["a", "ö", "e\u0301", "\u0301\u0327", "\u200b", "می\u200c", "हि", "\u1161", "\r\n", " 用"]
)
def test_reading_a_text_takes_time_in_proportion_to_it(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        start = time.process_time()
        fold(text)
        count_words(text)
        words(text)
        return time.process_time() - start

    # The quickest of several tries: whatever else runs here only adds to it. A square would take 64 times.
    small, large = (min(seconds(size) for _ in range(3)) for size in (60_000, 480_000))
    assert large < 24 * max(small, 0.02)
