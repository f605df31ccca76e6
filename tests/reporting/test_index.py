import re

import pytest

from insights.reporting.gate import check
from insights.reporting.index import Entry, render_index, write_index


def entry(**parts):
    base = {
        "brand": "aurora",
        "report": "cohorts",
        "title": "Do they come back?",
        "question": "Of new customers, how many return?",
        "period": "2026-06-30",
        "published_at": "2026-07-01T02:00:00+00:00",
        "href": "aurora/cohorts/2026-06-30/default/index.html",
        "run_id": "r1",
    }
    return Entry(**(base | parts))


def options(html, name):
    """(value, label) of each choice of a filter."""
    box = re.search(rf'data-filter="{name}".*?</select>', html)[0]
    return re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', box)


class TestRenderIndex:
    def test_newest_first(self):
        old = entry(headline="old", published_at="2026-06-01T02:00:00+00:00", run_id="r0")
        html = render_index([old, entry(headline="new")], "en")
        assert html.index(">new<") < html.index(">old<")

    @pytest.mark.parametrize(
        ("lang", "said"), [("en", "Aurora (simulated)"), ("zh-CN", "Aurora（模拟）")]
    )
    def test_a_simulated_brand_is_called_so_wherever_it_is_named(self, lang, said):
        html = render_index([entry(brand_title="Aurora", simulated=True)], lang)
        assert html.count("Aurora") == html.count(said) > 1

    def test_it_passes_the_gate(self):
        failed = entry(status="failed", href="", error_summary="The lake is empty.", run_id="r2")
        assert check(render_index([entry(), failed], "zh-CN")) == []

    def test_a_failure_says_why_and_links_to_its_page(self):
        html = render_index(
            [
                entry(
                    status="failed",
                    href="",
                    error_summary="The lake is empty.",
                    failure_href="aurora/cohorts/2026-06-30/default/failure.html",
                )
            ],
            "en",
        )
        assert "The lake is empty." in html
        assert 'href="./aurora/cohorts/2026-06-30/default/failure.html"' in html

    def test_an_empty_index_says_so_and_needs_no_script(self):
        html = render_index([], "en")
        assert "No report has been published yet." in html
        assert "<script" not in html

    def test_a_page_in_another_language_is_marked_and_the_report_keeps_one_name(self):
        english = {"parameters": {"lang": "en"}, "published_at": "2026-07-02T02:00:00+00:00"}
        chinese = entry(title="会回来吗？", latest_href="latest/aurora/cohorts/default.html")
        html = render_index([chinese, entry(**english)], "zh-CN")
        assert '<span lang="en">Do they come back?</span>' in html
        last = html.split('class="last"')[1].split("</section>")[0]
        assert '<a href="./latest/aurora/cohorts/default.html">会回来吗？</a>' in last
        assert "Do they come back?" not in last
        assert html.count('data-report="会回来吗？"') == 2

    def test_the_last_run_of_each_report_is_shown_once(self):
        entries = [entry(run_id="r1"), entry(run_id="r2", period="2026-05-31")]
        last = render_index(entries, "en").split('class="last"')[1].split("</section>")[0]
        assert last.count("<li") == 1

    def test_a_good_run_of_other_parameters_hides_no_failure(self):
        failed = entry(status="failed", href="", parameters={"size": 20}, run_id="r1")
        good = entry(published_at="2026-07-02T02:00:00+00:00", run_id="r2")
        last = render_index([failed, good], "en").split('class="last"')[1].split("</section>")[0]
        assert last.count("<li") == 1
        assert "✗" in last
        assert "size = 20" in last
        assert "✓" not in last

    def test_a_failure_that_a_later_period_of_the_same_parameters_left_behind_is_no_cross(self):
        failed = entry(status="failed", href="", period="2026-05-31", run_id="r1")
        good = entry(published_at="2026-07-02T02:00:00+00:00", run_id="r2")
        last = render_index([failed, good], "en").split('class="last"')[1].split("</section>")[0]
        assert "✓" in last

    def test_readers_begin_with_their_language_and_may_choose_another_or_a_period(self):
        may = entry(lang="en", period="2026-05-31", run_id="r2")
        html = render_index([entry(lang="zh-CN"), may], "zh-CN")
        assert options(html, "lang") == [("", "全部"), ("zh-CN", "中文"), ("en", "英文")]
        assert re.findall(r'value="([^"]+)" selected', html) == ["zh-CN"]
        assert [value for value, _ in options(html, "period")] == ["", "2026-06-30", "2026-05-31"]
        assert 'data-period="2026-05-31" data-lang="en"' in html

    def test_where_there_is_nothing_to_choose_there_is_no_filter(self):
        html = render_index([entry()], "en")
        assert re.findall(r'data-filter="(\w+)"', html) == ["status"]
        assert "selected" not in html

    def test_a_phone_in_a_parameter_is_not_repeated(self):
        html = render_index([entry(parameters={"customer": "13800138000"})], "en")
        assert "customer = [mobile number]" in html
        assert "13800138000" not in html

    @pytest.mark.parametrize(
        ("href", "written"),
        [
            ("javascript:fired()", "./javascript%3Afired%28%29"),
            ("//example.com/x", "./example.com/x"),
            ("a b/报告.html", "./a%20b/%E6%8A%A5%E5%91%8A.html"),
            ('"><script>fired()</script>', "./%22%3E%3Cscript%3Efired%28%29%3C/script%3E"),
        ],
    )
    def test_an_address_stays_inside_the_folder(self, href, written):
        assert f'href="{written}"' in render_index([entry(href=href)], "en")

    def test_hostile_words_are_shown_and_not_obeyed(self):
        html = render_index(
            [entry(title="<script>fired()</script>", headline='"><img src=x>')], "en"
        )
        assert "<script>fired" not in html
        assert "<img" not in html


class TestWriteIndex:
    def test_it_replaces_the_file_whole_and_leaves_nothing_else(self, tmp_path):
        write_index(tmp_path, [entry(headline="first")], "en")
        path = write_index(tmp_path, [entry(headline="second")], "en")
        assert path == tmp_path / "index.html"
        assert "second" in path.read_text("utf-8")
        assert [p.name for p in tmp_path.iterdir()] == ["index.html"]

    def test_a_failure_leaves_the_index_before_it(self, tmp_path):
        write_index(tmp_path, [entry(headline="first")], "en")

        def broken():
            yield entry()
            raise RuntimeError("the ledger went away")

        with pytest.raises(RuntimeError):
            write_index(tmp_path, broken(), "en")
        assert "first" in (tmp_path / "index.html").read_text("utf-8")
        assert [p.name for p in tmp_path.iterdir()] == ["index.html"]

    def test_times_are_shown_to_the_minute(self):
        assert re.search(r"<span>20\d\d-\d\d-\d\d \d\d:\d\d</span>", render_index([entry()], "en"))
