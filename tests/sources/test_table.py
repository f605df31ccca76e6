"""The table of adapters in docs/sources.md is what the samples and the declarations say."""

from insights import sources
from insights.sources.quirks import DOCUMENTED, TEMPLATE, UNPROVEN, quirks, status
from tests.sources import table


def test_the_table_of_the_docs_is_that_of_the_samples():
    text = table.DOCS.read_text("utf-8")
    shown = text.split(table.BEGIN)[1].split(table.END)[0].strip().splitlines()
    cost = table.costs(text)
    assert set(cost) == {one.name for one in sources.adapters()}
    assert shown == [*table.HEAD, *table.lines(cost)], "run python -m tests.sources.table"


def test_the_docs_say_of_every_adapter_where_its_file_is_found():
    """By its name, or its kind in the table of its source; a template by its own table."""
    said = table.DOCS.read_text("utf-8").split(table.BEGIN)[0]
    parts = said.split("\n## ")
    for adapter in sources.adapters():
        source, kind = adapter.name.split(".")
        lines = [line for line in said.splitlines() if f"`{adapter.name}`" in line]
        lines += [
            line
            for part in parts
            if source in part
            for line in part.splitlines()
            if line.startswith("|") and f"`{kind}`" in line
        ]
        assert lines, f"{adapter.name}: say where '{adapter.source.where}'"


def test_a_status_says_what_the_declaration_says():
    for adapter in sources.adapters():
        expected = UNPROVEN if adapter.source.unproven else DOCUMENTED
        assert status(adapter) == (TEMPLATE if adapter.source.name == "brand_tables" else expected)


def test_quirks_are_those_that_an_adapter_declares():
    found = {adapter.name: quirks(adapter) for adapter in sources.adapters()}
    assert "identity cards never read" in found["xhs.orders"]
    assert "refunds estimated until better known" in found["jd.orders"]
    assert "refunds estimated until better known" not in found["jd.settlement"]
    assert "yuan and fen mixed" not in found["wx_store.trades"]
    assert "money in fen" in found["wx_store.trades"]
    assert "deposits are no sales" in found["kuaishou.orders"]
    assert "totals below the rows" in found["wechat_pay.bill"]
