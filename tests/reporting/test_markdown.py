from insights.reporting.markdown import harmless, messages, rendered, split_heading, translated

SOURCE = """## Who came back

Read it *across*: each row
is a month.

- The dot is the estimate.
- The line is
  its interval.

```python
left_alone = True
```
"""


class TestMessages:
    def test_headings_paragraphs_and_items_are_messages_on_one_line(self):
        assert messages(SOURCE) == [
            "Who came back",
            "Read it *across*: each row is a month.",
            "The dot is the estimate.",
            "The line is its interval.",
        ]

    def test_a_text_in_english_keeps_its_structure(self):
        html = rendered(translated(SOURCE, "en"), "en")
        assert "<h3>Who came back</h3>" in html
        assert html.count("<li>") == 2
        assert "left_alone = True" in html

    def test_what_the_catalog_knows_is_translated(self):
        assert translated("- passed", "zh-CN").strip() == "- 通过"


class TestRendered:
    def test_html_is_shown_and_not_obeyed(self):
        html = rendered("<img src=x onerror=fired()> <script>fired()</script>", "en")
        assert "<img" not in html
        assert "<script" not in html
        assert "&lt;img" in html

    def test_a_link_becomes_its_words_and_its_address(self):
        html = rendered("[read](https://example.com/a) <https://example.com/b>", "en")
        assert "href" not in html
        assert "read (https://example.com/a)" in html

    def test_a_picture_becomes_its_description(self):
        assert rendered("![a curve](https://example.com/x.png)", "en") == "<p>a curve</p>"

    def test_headings_stay_below_those_of_the_page(self):
        assert rendered("# Big", "en") == "<h3>Big</h3>"


def test_a_foreign_table_keeps_its_cells_and_loses_its_attributes():
    html = harmless(
        '<table style="x" class="y"><tr><td onclick="f()" colspan="2">1</td></tr></table>'
    )
    assert html == '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'


def test_the_heading_of_a_cell_is_split_from_its_words():
    assert split_heading("## Answer ##\n\nwords") == (2, "Answer", "\nwords")
    assert split_heading("#hashtag") == (0, "", "#hashtag")
