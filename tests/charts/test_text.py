import subprocess
import sys
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from insights.charts.text import (
    drawable,
    known_characters,
    names,
    shortened,
    width_of,
    wrapped,
)
from insights.wording import speaking


class TestDrawable:
    def test_emoji_and_bidi_controls_go_and_rare_characters_are_marked(self):
        assert drawable("🔥满$100减$20 \u202e吉𠮷") == "满$100减$20 吉〓"

    def test_all_of_gb2312_can_be_drawn(self):
        everything = "".join(
            bytes([high, low]).decode("gb2312", "ignore")
            for high in range(0xB0, 0xF8)
            for low in range(0xA1, 0xFF)
        )
        assert len(everything) > 6700
        assert drawable(everything) == everything

    @given(st.text())
    def test_whatever_comes_in_the_font_has_what_goes_out(self, text):
        assert {ord(c) for c in drawable(text)} <= known_characters()


class TestNames:
    def test_two_names_that_the_font_lacks_can_be_told_apart(self):
        assert names(["Store", "مرحبا بكم", "שלום", "🔥"]) == ["Store", "No. 2", "No. 3", "No. 4"]
        with speaking("zh-CN"):
            assert names(["门店", "שלום"]) == ["门店", "第2项"]

    def test_a_name_with_a_rare_character_keeps_the_others(self):
        assert names(["吉𠮷", "𠮷吉祥", ""]) == ["吉〓", "〓吉祥", ""]


class TestWrapped:
    @given(st.text(max_size=80))
    def test_no_line_is_wider_than_asked_and_there_are_at_most_three(self, text):
        lines = wrapped(drawable(text), 14).split("\n")
        assert len(lines) <= 3
        assert all(width_of(line) <= 14 for line in lines)

    def test_brackets_stay_with_what_they_hold(self):
        assert wrapped("购买率模型（BG/NBD）", 14) == "购买率模型\n（BG/NBD）"


def test_a_cut_label_says_that_it_is_cut():
    assert shortened("一二三四五六七八", 9) == "一二三…"


def test_the_font_is_small_and_has_its_licence_beside_it():
    folder = files("insights.charts") / "fonts"
    assert len((folder / "NotoSansSC-Insights.otf").read_bytes()) < 3_000_000
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text("utf-8")


def test_importing_the_marks_loads_no_matplotlib():
    code = "import sys, insights.charts.marks; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
