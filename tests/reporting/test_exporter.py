import re

from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.gate import check


class TestManagersPage:
    def test_it_leads_with_the_first_claim(self, page):
        headline = re.search(r"<h1>(.*?)</h1>", page)[1]
        assert re.sub(r"<.*?>", "", headline) == "3月新客18.4%在90天内复购(16.9% – 20%)"
        assert '<span class="w">16.9% – 20%</span>' in headline

    def test_no_code_is_in_the_file(self, page):
        assert "open_lake" not in page
        assert "import insights" not in page
        assert "<code>" not in page

    def test_it_passes_the_gate(self, page):
        assert check(page, expected_figures=2) == []

    def test_it_is_small(self, page):
        assert len(page.encode()) < 150_000

    def test_it_runs_nothing_and_asks_for_nothing(self, page):
        assert "<script" not in page
        assert "style=" not in page
        assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
        assert not re.search(r'(?:src|href)="(?!#|data:)', page)

    def test_the_fixed_words_are_in_the_language_of_the_report(self, sample, page):
        assert '<html lang="zh-CN">' in page
        assert "这意味着" in page
        english, _ = ManagerExporter().from_notebook_node(sample.notebook("en"))
        assert '<html lang="en">' in english
        assert "What this means" in english

    def test_a_result_without_enough_data_says_what_is_needed(self, page):
        assert "要测出2点差, 每组约6,000人、9周。" in page

    def test_the_words_before_a_result_say_how_to_read_it(self, page):
        section = page[page.index('id="b1"') : page.index('id="b2"')]
        assert "read it <strong>across</strong>" in section

    def test_the_workshop_of_the_notebook_is_left_out(self, page):
        assert "Setup" not in page


class TestAnalystsPage:
    def test_the_code_of_each_cell_is_folded(self, analyst_page):
        assert analyst_page.count('<details class="code">') == 9
        assert "open_lake" in analyst_page

    def test_only_what_has_a_colour_is_marked_in_the_code(self, analyst_page):
        marked = set(re.findall(r'<span class="t-(\w+)"', analyst_page))
        assert marked
        assert marked <= set(re.findall(r"[.]t-(\w+)", analyst_page))

    def test_checks_show_their_evidence(self, page, analyst_page):
        assert 'class="found">1.33万' in analyst_page
        assert 'class="found"' not in page

    def test_tables_are_full(self, page, analyst_page):
        assert ">c000059" in analyst_page
        assert ">c000059" not in page

    def test_a_cell_that_is_tagged_so_is_on_it_alone(self, sample):
        notebook = sample.notebook()
        # What the top of the page says has its evidence below it, so here the top says nothing.
        notebook.cells = [cell for cell in notebook.cells if "ins.Answer" not in cell.source]
        figures = [
            cell
            for cell in notebook.cells
            for output in cell.get("outputs", ())
            if "<svg" in str(output.get("data", {}))
        ]
        figures[-1].metadata["tags"] = ["analyst"]
        with_all, _ = AnalystExporter().from_notebook_node(notebook)
        without, _ = ManagerExporter().from_notebook_node(notebook)
        assert with_all.count('class="chart"') == without.count('class="chart"') + 1

    def test_it_passes_the_gate(self, analyst_page):
        assert check(analyst_page, expected_figures=2) == []

    def test_a_failed_run_shows_its_reason_and_its_traceback(self, sample):
        notebook = sample.notebook(error="ClaimNotTrue: it is not")
        notebook.cells[-1].outputs = [
            {
                "output_type": "error",
                "ename": "ClaimNotTrue",
                "evalue": "it is not",
                "traceback": ["\x1b[31mTraceback (most recent call last)\x1b[0m", "boom"],
            }
        ]
        html, _ = AnalystExporter().from_notebook_node(notebook)
        assert "ClaimNotTrue: it is not" in html
        assert "Traceback (most recent call last)\nboom" in html
        assert "\x1b" not in html


class TestExport:
    def test_the_same_notebook_gives_the_same_bytes(self, sample):
        first, _ = ManagerExporter().from_notebook_node(sample.notebook())
        second, _ = ManagerExporter().from_notebook_node(sample.notebook())
        assert first == second
