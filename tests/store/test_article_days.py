"""Articles on a handful of totals: days out of sums, one interface each, whom it was sent to."""

import pytest

from tests.store.shop import Shop, batch, order

AS_OF = "2026-02-28"


def told(article: str, on: str, **values: float) -> list[dict[str, object]]:
    return [
        {"on_date": on, "entity_kind": "content", "entity_id": article, "metric": metric,
         "value": value, "is_final": "true"}
        for metric, value in values.items()
    ]  # fmt: skip


def article(number: str, at: str, **more: str) -> dict[str, object]:
    return {"content_id": number, "kind": "article", "channel": "official_account",
            "published_at": at, **more}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """An article that both interfaces tell of, one of the old, one that nobody was sent."""
    made = Shop(tmp_path_factory.mktemp("articles"))
    new = "read_users_to_date", "message_read_users_to_date", "share_users_to_date"
    made.load(
        batch(
            "orders",
            order("first", "2025-12-01 10:00:00", "10.00"),
            order("last", f"{AS_OF} 10:00:00", "10.00"),
        ),
        batch(
            "contents",
            article("both", "2026-01-05 20:00:00", push="p1", slot="头条", drawn_by_lot="true"),
            article("listed", "2026-01-05 00:00:00", push="p1", slot="次条", drawn_by_lot="true"),
            article("old", "2025-10-01 00:00:00"),
            article("quiet", "2026-01-07 00:00:00"),
        ),
        batch(
            "daily_metrics",
            *told("both", "2026-01-05", **dict(zip(new, (120, 100, 8), strict=True)),
                  delivered_read_rate=0.05, totals_read_users_to_date=70,
                  totals_message_read_users_to_date=60, totals_delivered_users=1_990),
            *told("both", "2026-01-07", **dict(zip(new, (150, 110, 9), strict=True)),
                  delivered_read_rate=0.055, zaikan_users_to_date=3, like_users_to_date=5),
            # A sum that was restated downwards.
            *told("both", "2026-01-08", **dict(zip(new, (149, 110, 9), strict=True))),
            *told("listed", "2026-01-05", **dict(zip(new, (40, 30, 1), strict=True)),
                  delivered_read_rate=0.01, delivered_users=2_000),
            *told("old", "2025-10-01", totals_read_users_to_date=90, totals_delivered_users=1_500,
                  totals_message_read_users_to_date=80, totals_share_users_to_date=5,
                  totals_click_users_to_date=6),
            *told("quiet", "2026-01-07", **dict(zip(new, (7, 0, 0), strict=True))),
        ),
    )  # fmt: skip
    return made


def test_days_are_differences_of_sums_and_none_is_taken_back(shop):
    found = shop.ask(
        "SELECT CAST(on_date AS VARCHAR), readers, message_readers, sharers FROM article_days "
        "WHERE content_id = 'both' ORDER BY on_date",
        as_of=AS_OF,
    )
    assert found == [
        ("2026-01-05", 120, 100, 8),
        ("2026-01-07", 30, 10, 1),
        ("2026-01-08", 0, 0, 0),
    ]


def test_an_article_is_never_made_of_both_interfaces(shop):
    found = shop.ask(
        "SELECT content_id, counted_by, SUM(readers) FROM article_days GROUP BY ALL ORDER BY 1",
        as_of=AS_OF,
    )
    assert found == [
        ("both", "details", 150), ("listed", "details", 40), ("old", "totals", 90),
        ("quiet", "details", 7),
    ]  # fmt: skip


def test_what_was_known_on_a_day_is_what_had_been_told(shop):
    found = shop.ask(
        "SELECT SUM(readers) FROM article_days WHERE content_id = 'both'", as_of="2026-01-06"
    )
    assert found == [(120,)]


def test_whom_it_was_delivered_to_is_told_else_worked_out_else_unknown(shop):
    found = shop.ask(
        "SELECT content_id, basis, reached, opened, elsewhere FROM content_reach ORDER BY 1",
        as_of=AS_OF,
    )
    assert found == [
        # The old interface says how many it was delivered to, whoever counts its readers.
        ("both", "delivered", 1_990, 110, 40),
        ("listed", "delivered", 2_000, 30, 10),
        ("old", "delivered", 1_500, 80, 10),
        ("quiet", None, None, 0, 7),
    ]


def test_looks_keep_the_push_the_lot_and_who_counted(shop):
    found = shop.ask(
        "SELECT DISTINCT content_id, push, slot, drawn_by_lot, source, daypart FROM content_looks "
        "ORDER BY 1",
        as_of=AS_OF,
    )
    assert found == [
        ("both", "p1", "头条", True, "details", "evening"),
        # Of the others only the day is known.
        ("listed", "p1", "次条", True, "details", None),
        ("old", "official_account 2025-10-01 00:00:00", None, None, "totals", None),
    ]


def test_a_rate_alone_says_about_how_many_it_was_delivered_to(tmp_path):
    shop = Shop(tmp_path)
    shop.load(
        batch("orders", order("o", f"{AS_OF} 10:00:00", "10.00")),
        batch("contents", article("rated", "2026-01-05 00:00:00")),
        batch(
            "daily_metrics",
            *told("rated", "2026-01-05", read_users_to_date=120, message_read_users_to_date=100,
                  delivered_read_rate=0.05),
        ),
    )  # fmt: skip
    found = shop.ask("SELECT basis, reached, opened FROM content_reach", as_of=AS_OF)
    assert found == [("worked_out", 2_000, 100)]


def test_totals_of_an_article_are_the_newer_interfaces_and_what_is_not_told_is_not_zero(shop):
    found = shop.ask(
        "SELECT content_id, headline, reads, looks, likes, shares FROM article_totals ORDER BY 1",
        as_of=AS_OF,
    )
    assert found == [
        ("both", 1, 150, 3, 5, 9),
        ("listed", 0, 40, None, None, 1),
        ("quiet", None, 7, None, None, 0),
    ]
