from insights.reporting.provenance import changes_of, provenance_of
from insights.wording import speaking

ROWS = {"read": 5, "kept": 3, "merged": 1, "quarantined": 1}


def facts(**meta):
    return {fact.label: fact.value for fact in provenance_of(meta).facts}


class TestProvenance:
    def test_the_rows_of_this_load_stand_beside_those_of_all_loads(self):
        found = facts(rows_of_load=ROWS, rows=ROWS | {"read": 12, "kept": 10})
        assert found["Rows of this load"] == "read 5 · kept 3 · merged 1 · quarantined 1"
        assert found["Rows of all loads"].startswith("read 12 · kept 10")

    def test_a_row_that_was_refused_is_called_as_in_the_glossary(self):
        with speaking("zh-CN"):
            assert "隔离1" in facts(rows_of_load=ROWS)["本次载入行数"].replace(" ", "")

    def test_a_parameter_is_said_by_what_it_means_in_the_language_of_the_page(self):
        meta = {
            "parameters": {"as_of": "2026-06-30", "lang": "zh-CN", "list_size": 50, "live": True},
            "meanings": {
                "as_of": "last day",
                "lang": "language",
                "list_size": "customers in the list",
            },
        }
        with speaking("zh-CN"):
            assert facts(**meta)["参数"] == "名单人数：50 · live：是"
        assert facts(**meta)["Parameters"] == "customers in the list: 50 · live: yes"

    def test_a_parameter_with_braces_in_its_meaning_is_no_template(self):
        meta = {"parameters": {"x": 1}, "meanings": {"x": "{not a fact}"}}
        assert facts(**meta)["Parameters"] == "{not a fact}: 1"

    def test_each_source_says_its_last_event_and_its_newest_row(self):
        tills = {"name": "tills", "fresh_to": "2026-06-29", "loaded_at": "2026-07-01"}
        found = facts(
            sources=[tills, {"name": "list", "fresh_to": None, "loaded_at": "2026-07-02"}]
        )
        assert found["Data from tills"] == "events to 2026-06-29, newest row loaded 2026-07-01"
        assert found["Data from list"] == "events to –, newest row loaded 2026-07-02"

    def test_a_table_is_called_by_its_title_and_one_without_dates_says_so(self):
        products = {"name": "products", "title": "商品", "version": 1, "rows": 3, "fresh_to": None}
        with speaking("zh-CN"):
            (row,) = provenance_of({"tables": [products]}).tables.rows
        assert [cell.text for cell in row] == ["商品", "1", "3", "无日期"]


class TestChanges:
    def test_there_is_no_section_without_a_report_before(self):
        assert changes_of({"since": None}) is None
        assert changes_of({}) is None

    def test_what_was_restated_is_told_from_what_the_period_brought(self):
        tile = {"label": "Sales", "kind": "count", "before": 1, "after": 2, "parts": {}}
        since = {"report": {"as_of": "2026-05-31", "tiles": [tile]}, "restated": [tile]}
        found = changes_of({"as_of": "2026-06-30", "since": since})
        assert found.since == "2026-05-31"
        assert [figure.restated for figure in found.moved] == [False, True]

    def test_where_there_is_only_a_former_edition_no_last_report_is_named(self):
        tile = {"label": "Sales", "kind": "count", "before": 1, "after": 2, "parts": {}}
        assert changes_of({"since": {"report": None, "restated": [tile]}}).since == ""
