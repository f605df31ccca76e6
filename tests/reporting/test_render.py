from insights.reporting.page import Changes, Moved, Page
from insights.reporting.render import report_html


def html(**parts):
    given = {"title": "Title", "question": "Question?", "headline": "Headline", "period": ""}
    return report_html(
        Page(lang="zh-CN", audience="manager", brand="Brand", rise="red", **(given | parts))
    )


class TestWords:
    def test_a_name_from_right_to_left_stands_apart_from_the_numbers_around_it(self):
        page = html(claims=["שלום עולם 24/7复购18.4%, 门店17.0%"])
        assert "<li><bdi>שלום עולם</bdi> 24/7复购18.4%, 门店17.0%</li>" in page

    def test_it_lets_no_markup_in(self):
        assert "<bdi>א</bdi>&lt;b&gt;<bdi>ב</bdi>" in html(claims=["א<b>ב"])

    def test_a_very_long_title_is_cut_above_the_headline(self):
        page = html(title="长" * 300)
        assert f'<p class="eyebrow">{"长" * 59}…&nbsp;· Brand</p>' in page
        assert f"<title>{'长' * 300}" in page


class TestChanged:
    def test_a_restated_period_alone_names_no_last_report(self):
        moved = [Moved("Sales", "1", "2", restated=True)]
        page = html(changes=Changes(since="", moved=moved))
        assert "重述：同一时期重新统计" in page
        assert "与上期报告相比" not in page

    def test_what_fell_out_of_the_six_is_not_said_to_be_untrue(self):
        page = html(changes=Changes(since="2026-05-31", vanished=["门店领先"]))
        assert "本期未再提及" in page
        assert "不再成立" not in page
