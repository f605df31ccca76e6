from pathlib import Path

from insights import schema
from insights.schema import document

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_committed_page_is_made_from_the_declarations():
    assert PAGE.read_text("utf-8") == document.markdown(), (
        "Run: python -m insights.schema.document > docs/tables.md"
    )


def test_every_column_and_rule_stands_on_the_page():
    page = document.markdown()
    for table in map(schema.get, schema.names()):
        section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        for part in (*table.columns, *table.rules):
            assert f"`{part.name}`" in section
            assert part.en in section
            assert part.zh in section
