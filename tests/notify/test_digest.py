"""A digest says what a manager can use, in little room, and nothing of anybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import GateRefused
from insights.runs.notify import digest as module
from insights.runs.notify.digest import Digest, cut, digest
from insights.runs.record import RunRecord

CLAIMS = [{"text": f"结论{n}。"} for n in range(5)]


def run(**given):
    usual = {
        "run_id": "r1",
        "run_key": "k",
        "brand": "shop",
        "brand_title": "极光",
        "report": "cohort",
        "title": "客户还会回来吗",
        "question": "?",
        "period": "2026-06-30",
        "folder": "default",
        "as_of": "2026-06-30",
        "lang": "zh-CN",
        "load_id": "L",
        "code_hash": "h",
        "status": "published",
        "home": "shop/cohort/2026-06-30/lang=en,x=1",
        "kpis": {"claims": CLAIMS},
        "headline": "结论0。",
    }
    return RunRecord(**usual | given)


class TestDigest:
    def test_a_reader_gets_claims_and_a_link_that_can_be_typed(self):
        text = digest([run()], "zh-CN", base_url="https://bi.example.com/r/").text()
        assert text.splitlines() == [
            "## 新报告1份",
            "",
            "**客户还会回来吗** 极光，截至2026-06-30",
            "> 结论0。",
            "> 结论1。",
            "> 结论2。",
            "[查看报告](https://bi.example.com/r/shop/cohort/2026-06-30/lang%3Den%2Cx%3D1/index.html)",
        ]

    def test_a_reason_without_end_leaves_room_for_other_failures(self):
        long = run(status="failed", error="KeyError: " + "列" * 5000, kpis={})
        others = [run(run_id=f"r{n}", status="failed", error="It fell.", kpis={}) for n in (2, 3)]
        text = digest([long, *others], "en").text(4096)
        assert text.count("It fell.") == 2

    def test_a_body_keeps_within_its_room_and_counts_the_rest(self):
        made = digest([run(run_id=f"r{n}") for n in range(60)], "zh-CN")
        assert len(made.body(2000).encode()) <= 2000
        assert "另有" in made.body(2000)
        assert made.body().count("结论0") == 60

    def test_without_an_address_it_says_where_the_report_is(self):
        assert "报告文件已随消息发送。" in digest([run()], "zh-CN", sent=lambda _: True).text()
        assert "生成它的服务器上" in digest([run()], "zh-CN").text()

    def test_an_owner_gets_the_reason_and_the_command_that_shows_more(self):
        failed = run(status="failed", error="KeyError: 'x' (code cell 3 of 9)\ntrace", kpis={})
        text = digest([failed], "en").text()
        assert text.splitlines()[0] == "## Reports that failed: 1"
        assert "> KeyError: 'x' (code cell 3 of 9)" in text
        assert "What was published before still stands." in text
        assert "`insights show r1`" in text

    @pytest.mark.parametrize(
        ("cause", "said"),
        [
            ("notebook", "An analyst has to look at it in working hours"),
            ("limit", "raise its limits in notebooks/catalog.toml"),
            ("infrastructure", "it is tried again when the clock asks next"),
            ("interrupted", "it is made when the clock asks next"),
        ],
    )
    def test_an_owner_is_told_what_to_do_and_whether_it_can_wait(self, cause, said):
        failed = run(status="failed", error="It broke.", kpis={}, cause=cause)
        assert said in digest([failed], "en").text()

    def test_a_failure_finds_room_before_what_is_new(self):
        runs = [run(run_id=str(n)) for n in range(200)]
        runs.append(run(status="failed", error="It broke.", kpis={}))
        assert "It broke." in digest(runs, "zh-CN").text(4096)

    def test_a_simulated_brand_is_called_so(self):
        assert "模拟数据" in digest([run()], "zh-CN", simulated=lambda _: True).text()
        assert "模拟数据" not in digest([run()], "zh-CN").text()

    def test_a_parameter_tells_pages_apart(self):
        assert "(region=north)" in digest([run(chosen={"region": "north"})], "en").text()

    def test_what_looks_like_markdown_or_a_tag_is_words(self):
        text = digest([run(title="*a* <b> [c](http://x) `d`")], "en").text()
        assert "＊a＊ ＜b＞ ［c］(http://x) 'd'" in text

    def test_people_are_taken_out(self):
        text = digest([run(kpis={"claims": [{"text": "找 13900000021 或 a@example.com"}]})], "en")
        assert "[mobile number]" in text.text()
        assert "[e-mail address]" in text.text()
        assert "0000021" not in text.text()

    def test_what_would_still_hold_people_is_not_sent(self, monkeypatch):
        monkeypatch.setattr(module, "redacted", lambda text: text)
        with pytest.raises(GateRefused, match="1 x mobile number"):
            digest([run(headline="13900000021", kpis={})], "en")


class TestRoom:
    def test_reports_that_find_no_room_are_counted(self):
        text = digest([run(run_id=str(n)) for n in range(200)], "zh-CN").text(4096)
        assert 3500 < len(text.encode()) <= 4096
        shown = text.count("**客户还会回来吗**")
        assert text.endswith(f"另有{200 - shown}份。")

    def test_one_that_is_too_long_for_any_message_is_cut_at_a_character(self):
        text = Digest("题", ("报" * 3000,), "zh-CN").text(4096)
        assert len(text.encode()) <= 4096
        assert text.endswith("报…")

    @given(st.text(), st.integers(min_value=3, max_value=40))
    def test_a_cut_is_always_text_of_at_most_that_size(self, text, room):
        done = cut(text, room)
        assert len(done.encode()) <= room
        assert text.startswith(done.removesuffix("…"))
