"""How numbers and sentences are said, in both languages."""

import asyncio
import math
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.manager import start_new_kernel

from insights.errors import CannotSay, ParameterError
from insights.wording import (
    LANGS,
    Voice,
    facts_named,
    missing,
    say,
    say_value,
    speak,
    speaking,
    translate,
    voice,
    words_of,
)

NUMERIC = ["count", "number", "number3", "percent", "points", "money", "days", "months"]
MISSING = [None, math.nan, math.inf, -math.inf, pd.NaT, pd.NA, Decimal("NaN"), np.float32("nan")]
MISSING += [np.datetime64("NaT"), Decimal("sNaN")]
MOST = 10**15  # More than there are people, or cents.


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


def said(value, kind, lang="en", currency="CNY"):
    with speaking(lang, currency):
        return say_value(value, kind)


class TestNumbers:
    @pytest.mark.parametrize(
        ("kind", "value", "en", "zh"),
        [
            ("count", 0, "0", "0"),
            ("count", 2469, "2,469", "2,469"),
            ("count", 9999.6, "10,000", "1万"),
            ("count", 15_000, "15,000", "1.5万"),
            ("count", 9_960, "9,960", "9,960"),
            ("count", 10_499, "10,499", "1.05万"),
            ("count", 123_456, "123,456", "12.3万"),
            ("count", 99_960_000, "99,960,000", "9,996万"),
            ("count", 99_999_999, "99,999,999", "1亿"),
            ("count", 1.2e12, "1,200,000,000,000", "1.2万亿"),
            ("count", -12_000, "-12,000", "-1.2万"),
            ("count", 0.3, "<1", "<1"),
            ("number", 3.14159, "3.14", "3.14"),
            ("number", 1234.5, "1,234", "1,234"),
            ("number", 0.004, "<0.01", "<0.01"),
            ("number", -0.004, ">-0.01", ">-0.01"),
            ("number3", 0.7126, "0.713", "0.713"),
            ("number3", 0.0, "0.000", "0.000"),
            ("percent", 0.184, "18.4%", "18.4%"),
            ("percent", 0.5, "50%", "50%"),
            ("percent", 0, "0%", "0%"),
            ("percent", 1, "100%", "100%"),
            ("percent", 0.0004, "<0.1%", "<0.1%"),
            ("percent", 0.9996, ">99.9%", ">99.9%"),
            ("percent", -0.05, "-5%", "-5%"),
            ("percent", -0.0004, ">-0.1%", ">-0.1%"),
            ("percent", 12.5, "1,250%", "1,250%"),
            ("points", 0.021, "+2.1 points", "+2.1个百分点"),
            ("points", -0.021, "-2.1 points", "-2.1个百分点"),
            ("points", 0, "0.0 points", "0.0个百分点"),
            ("points", 0.0001, "<0.1 points", "<0.1个百分点"),
            ("days", 1, "1 day", "1天"),
            ("days", 13.5, "13.5 days", "13.5天"),
            ("days", 28.0, "28 days", "28天"),
            ("months", 1, "1 month", "1个月"),
            ("months", 2, "2 months", "2个月"),
        ],
    )
    def test_are_said_as_people_say_them(self, kind, value, en, zh):
        assert said(value, kind, "en") == en
        assert said(value, kind, "zh-CN") == zh

    @pytest.mark.parametrize(
        ("currency", "value", "en", "zh"),
        [
            ("CNY", 15_999, "¥15,999", "¥1.6万"),
            ("CNY", 0, "¥0", "¥0"),
            ("CNY", 9.9, "¥9.90", "¥9.90"),
            ("CNY", 99.996, "¥100", "¥100"),
            ("CNY", -3.5, "-¥3.50", "-¥3.50"),
            ("CNY", -15_999, "-¥15,999", "-¥1.6万"),
            ("CNY", 0.001, "<¥0.01", "<¥0.01"),
            ("USD", 15_999, "$15,999", "US$1.6万"),
            ("JPY", 1.5, "¥2", "JP¥2"),
            ("CHF", 250, "CHF\u00a0250", "CHF\u00a0250"),
            ("CNY", Decimal("1234.56"), "¥1,235", "¥1,235"),
        ],
    )
    def test_money_has_the_symbol_that_its_readers_know(self, currency, value, en, zh):
        assert said(value, "money", "en", currency) == en
        assert said(value, "money", "zh-CN", currency) == zh

    @given(
        st.one_of(
            st.floats(-MOST, MOST),
            st.integers(-MOST, MOST),
            st.decimals(-MOST, MOST),
            st.sampled_from(MISSING),
        ),
        st.sampled_from([*NUMERIC, "text"]),
        st.sampled_from(LANGS),
        st.sampled_from(["CNY", "USD", "JPY"]),
    )
    def test_no_number_is_ever_said_as_nan_none_or_minus_zero(self, value, kind, lang, currency):
        text = said(value, kind, lang, currency)
        assert not re.search("nan|none|nat|inf|<na>", text, re.IGNORECASE)
        assert not re.fullmatch(r"[^\d]*-[^\d]*[0.,]+[^\d]*", text)
        assert (text == "–") == missing(value)

    @given(st.floats(1e-8, 1 - 1e-8), st.sampled_from(LANGS))
    def test_a_share_of_some_is_never_said_as_none_or_as_all(self, share, lang):
        text = said(share, "percent", lang)
        assert text not in {"0%", "100%"}
        number = float(text.strip("<>%")) / 100
        assert {"<": share < number, ">": share > number}.get(
            text[0], math.isclose(share, number, abs_tol=0.000501)
        )

    @given(st.integers(-(10**15), 10**15))
    def test_a_count_reads_back(self, count):
        assert int(said(count, "count").replace(",", "")) == count
        digits, unit = re.fullmatch(r"([-\d,.]+)(\D*)", said(count, "count", "zh-CN")).groups()
        times = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}[unit]
        assert float(digits.replace(",", "")) * times == pytest.approx(
            count, rel=0.005 if unit else 0
        )

    @given(st.decimals(-(10**6), 10**6, places=2))
    def test_an_amount_below_a_hundred_reads_back_to_the_cent(self, amount):
        text = said(amount, "money")
        back = Decimal(text.replace("¥", "").replace(",", ""))
        assert abs(back - amount) <= (Decimal("0.5") if abs(amount) >= 100 else 0)

    @pytest.mark.parametrize("kind", NUMERIC)
    @pytest.mark.parametrize("made", [np.int64, np.float32, np.float64, Decimal, int])
    def test_numbers_of_every_library_are_said_alike(self, kind, made):
        assert said(made(3), kind) == said(3.0, kind)


class TestOtherValues:
    @pytest.mark.parametrize("value", MISSING)
    def test_what_is_missing_is_a_dash_in_every_kind(self, value):
        assert {said(value, kind) for kind in [*NUMERIC, "day", "month", "text", "said"]} == {"–"}

    @pytest.mark.parametrize(
        "day",
        [
            date(2017, 2, 3),
            datetime(2017, 2, 3, 4, 5),
            pd.Timestamp("2017-02-03 04:05", tz="Asia/Shanghai"),
            np.datetime64("2017-02-03T04:05"),
            "2017-02-03",
            "2017-02-03 04:05:00",
        ],
    )
    def test_a_day_is_said_without_its_time(self, day):
        assert said(day, "day") == "2017-02-03"
        assert said(day, "month") == "2017-02"

    def test_a_month_may_be_a_period_or_a_text(self):
        assert said(pd.Period("2017-02"), "month") == said("2017-02", "month") == "2017-02"

    def test_a_text_stays_and_a_truth_is_yes_or_no(self):
        assert said("抖音 100减20", "text") == "抖音 100减20"
        assert (said(np.bool_(True), "text"), said(False, "text", "zh-CN")) == ("yes", "否")
        assert said(0.1 + 0.2, "text") == "0.3"
        assert said(2017, "text") == "2017"

    def test_a_kind_that_does_not_exist_is_refused_with_the_nearest(self):
        with pytest.raises(CannotSay, match=r"called 'percnt'. Did you mean 'percent'"):
            say_value(0.5, "percnt")

    def test_a_text_is_not_said_as_a_number(self):
        with pytest.raises(CannotSay, match="A str cannot be said as 'count'"):
            say_value("many", "count")


class TestMessages:
    def test_facts_are_said_by_their_kind_in_the_voice_of_the_block(self):
        message = "{share:percent} of {customers:count} in {name}"
        facts = {"share": 0.184, "customers": 24_690, "name": "天猫", "unused": 1}
        with speaking("en"):
            assert say(message, facts) == "18.4% of 24,690 in 天猫"
        assert say(message, facts, "zh-CN") == "18.4% of 2.47万 in 天猫"

    @pytest.mark.parametrize(
        ("message", "lang", "text"),
        [
            (
                "Of those won from {a:month} to {b:month}, ten.",
                "en",
                "Of those won in 2025-11, ten.",
            ),
            ("silent from {a:day} to {b:day}", "en", "silent on 2025-11-02"),
            ("{a:day} to {b:day} are missing", "en", "2025-11-02 are missing"),
            ("{a:month}至{b:month}的新客", "zh-CN", "2025-11的新客"),
            ("从{a:day}至{b:day}没有数据", "zh-CN", "2025-11-02没有数据"),
            ("{a:count} to {b:count} months", "en", "0 to 0 months"),
        ],
    )
    def test_a_spell_of_one_month_or_day_is_said_once(self, message, lang, text):
        kind = message[message.index("{a:") + 3 : message.index("}")]
        value = {"month": "2025-11", "day": date(2025, 11, 2), "count": 0}[kind]
        assert say(message, {"a": value, "b": value}, lang) == text

    def test_a_spell_of_two_months_names_both(self):
        facts = {"a": "2025-11", "b": "2025-12"}
        assert say("{a:month}至{b:month}", facts, "zh-CN") == "2025-11至2025-12"

    def test_braces_may_be_said(self):
        assert say("{{{n:count}}}", {"n": 3}, "en") == "{3}"

    def test_a_fact_that_is_not_given_is_refused_with_the_nearest(self):
        with pytest.raises(
            CannotSay, match=r"names 'shar', which is not given. Did you mean 'share'"
        ):
            say("{shar:percent}", {"share": 0.1}, "en")

    @pytest.mark.parametrize(
        "message", ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:percnt}", "{a:{b}}", "{a", "a}"]
    )
    def test_what_is_no_template_of_facts_is_refused(self, message):
        with pytest.raises(CannotSay):
            facts_named(message)

    def test_facts_and_words_of_a_message_can_be_told_apart(self):
        message = "Of {customers:count} in {channel}, {share:percent}"
        assert facts_named(message) == {"customers": "count", "channel": "text", "share": "percent"}
        assert words_of(message) == "Of  in , "

    def test_a_known_message_is_translated_and_an_unknown_one_stays_english(self):
        assert translate("yes", "zh-CN") == "是"
        assert translate("An analysis of our own", "zh-CN") == "An analysis of our own"

    def test_a_language_that_there_is_not_is_refused(self):
        with pytest.raises(ParameterError, match=r"called 'zh'. Known: en, zh-CN"):
            speak("zh", "CNY")
        with pytest.raises(ParameterError, match="There is no language called 'fr'"):
            say("yes", lang="fr")


class TestVoice:
    def test_a_block_ends_with_the_voice_of_before(self):
        speak("zh-CN", "USD")
        with speaking("en"):
            assert voice() == Voice("en", "USD")
            with speaking("zh-CN", "EUR"):
                assert voice() == Voice("zh-CN", "EUR")
            assert voice() == Voice("en", "USD")
        assert voice() == Voice("zh-CN", "USD")

    def test_threads_hear_what_was_spoken_and_keep_their_blocks_apart(self):
        def page(lang):
            heard = voice()
            with speaking(lang, "EUR"):
                return heard, voice()

        speak("en", "USD")
        with speaking("zh-CN", "JPY"), ThreadPoolExecutor(2) as pool:
            heard = list(pool.map(page, ["zh-CN", "en"] * 8))
        assert {before for before, _ in heard} == {Voice("en", "USD")}
        assert [inside.lang for _, inside in heard] == ["zh-CN", "en"] * 8

    def test_tasks_keep_their_blocks_apart(self):
        async def page(lang):
            with speaking(lang):
                await asyncio.sleep(0)
                return voice().lang

        async def both():
            return await asyncio.gather(page("zh-CN"), page("en"))

        assert asyncio.run(both()) == ["zh-CN", "en"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    manager, client = start_new_kernel(cwd=str(tmp_path_factory.mktemp("kernel")))

    def run(source):
        texts = []

        def heard(message):
            content = message["content"]
            texts.append(content.get("text") or "\n".join(content.get("traceback", [])))

        client.execute_interactive(source, timeout=60, output_hook=heard)
        return "".join(texts).strip()

    run("import asyncio, threading; from insights.wording import speak, speaking, voice")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


class TestVoiceInAKernel:
    """ipykernel runs each asynchronous cell in a context of its own."""

    @pytest.mark.parametrize("cell", ["{}", "await asyncio.sleep(0); {}"], ids=["cell", "async"])
    @pytest.mark.parametrize("lang", LANGS)
    def test_what_a_cell_speaks_the_next_cells_and_threads_hear(self, run, cell, lang):
        run(cell.format(f"speak('{lang}', 'USD')"))
        asked = "print(voice().lang, voice().currency)"
        in_a_thread = f"t = threading.Thread(target=lambda: {asked}); t.start(); t.join()"
        for source in (asked, f"await asyncio.sleep(0); {asked}", in_a_thread):
            assert run(source) == f"{lang} USD"

    def test_a_block_in_a_cell_ends_with_it(self, run):
        run("speak('en', 'USD')")
        run("with speaking('zh-CN'): await asyncio.sleep(0)")
        assert run("print(voice().lang)") == "en"
