import pytest

from insights.cleaning import clean, slug

ACTING = [*"\u202a\u202e\u2066\u2069\u200e\u200f\u061c", *"\x00\x07\x1b\x7f\x9b\ud800\ufffe\uffff"]


@pytest.mark.parametrize("acting", ACTING)
def test_what_could_act_is_gone_wherever_it_stands(acting):
    assert not acting.isprintable()  # Printable text is not looked at again.
    assert clean(f"退款{acting}a") == "退款a"
    assert clean(acting) == ""


def test_terminal_sequences_are_gone_whole():
    assert clean("a\x1b[31mred\x1b]0;title\x07b") == "aredb"


@pytest.mark.parametrize("text", ["", "会员复购 17%", "line\nline\ttab", "👩\u200d👧", "a\u00a0b"])
def test_other_text_stays_as_it_is(text):
    assert clean(text) == text


def test_a_name_of_a_file_has_letters_of_any_script():
    assert slug("../会员 <b>\u202e") == "会员-b"
    assert slug("///") == "data"
