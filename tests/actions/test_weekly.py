"""The weekly list: drawn once, remembered, and the same whenever it is asked for."""

import csv
import zipfile
from datetime import date

import pandas as pd
import pytest

from insights.actions import weekly, weekly_list
from insights.analyses.outreach import AT_RISK, WIN_BACK, Terms, readout
from insights.errors import ParameterError
from insights.intake.forgetting import forget
from insights.results import NotEnoughData
from insights.settings import Settings
from insights.wording import translate
from tests.store.shop import Shop, batch, order

COUNT, AS_OF = 60, date(2026, 6, 28)


def customer(n, **more):
    return {
        "customer_id": f"C{n:02d}",
        "first_seen_at": "2026-01-01 10:00:00",
        "first_source": "tills",
        "link_quality": "exact",
        "consent_marketing": "true",
        "is_staff": "false",
        "is_test": "false",
    } | more


def contact(n):
    return {
        "contact_id": f"w:{n}",
        "customer_id": f"C{n:02d}",
        "staff_id": f"G{n % 3}",
        "corp": "main",
        "added_at": "2026-02-01 10:00:00",
    }


def known(n):
    return {
        "id_type": "external_userid",
        "namespace": "main",
        "id_value": f"=wm{n:02d}",
        "customer_id": f"C{n:02d}",
        "method": "native",
        "probability": "1",
        "first_seen_at": "2026-02-01 10:00:00",
        "last_seen_at": "2026-02-01 10:00:00",
    }


@pytest.fixture
def shop(tmp_path, monkeypatch):
    made = Shop(tmp_path)
    everyone = range(COUNT)
    made.load(
        batch("customers", *[customer(n, consent_marketing="false" if n < 6 else "true")
                             for n in everyone]),
        batch("identities", *[known(n) for n in everyone]),
        batch("contacts", *[contact(n) for n in everyone]),
        batch("orders", *[order(f"o{n}", "2026-06-28 12:00:00", "100", f"C{n:02d}")
                          for n in everyone]),
    )  # fmt: skip

    def scored(sample, window_days, purpose):
        return pd.DataFrame(
            {
                "customer_id": [f"C{n:02d}" for n in everyone],
                "p_silent": 0.8,
                "usual_spend": [100.0 + n for n in everyone],
                "value_at_risk": [80.0 + n for n in everyone],
                "reason": "bought on one day only",
            }
        )

    monkeypatch.setattr(weekly, "_scored", scored)
    return made


def asked(shop, **how):
    return weekly_list(
        shop.settings, shop.settings.brand("shop"), **{"as_of": AS_OF, "lang": "en"} | how
    )


def sheet(found):
    text = next(path for path in found.files if path.suffix == ".csv").read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def arms(shop):
    rows = shop.ask("SELECT customer_id, arm, probability FROM assignments")
    return {who: (arm, probability) for who, arm, probability in rows}


def test_the_same_week_twice_is_the_same_list_and_draws_once(shop):
    first = asked(shop)
    before, load, files = arms(shop), shop.current().load_id, [p.read_bytes() for p in first.files]
    again = asked(shop)
    assert (first.drawn, again.drawn) == (True, False)
    assert arms(shop) == before
    assert shop.current().load_id == load
    assert [path.read_bytes() for path in again.files] == files


def test_who_is_held_out_is_in_the_lake_and_not_on_the_sheet(shop):
    found = asked(shop)
    held = {who for who, (arm, _) in arms(shop).items() if arm == "hold_out"}
    listed = {row["Customer"] for row in sheet(found)}
    assert len(held) == found.listing.facts["hold_out"] > 0
    assert not held & listed
    assert held | listed == set(arms(shop))
    assert not {f"C{n:02d}" for n in range(6)} & listed  # They have not agreed.


def test_a_later_day_of_the_same_week_finds_what_was_drawn(shop):
    asked(shop)
    before = arms(shop)
    assert not asked(shop, as_of=date(2026, 6, 30)).drawn
    assert not asked(shop, as_of=AS_OF).drawn
    assert arms(shop) == before


def test_the_next_week_leaves_alone_who_is_still_watched(shop):
    asked(shop)
    later = asked(shop, as_of=date(2026, 7, 5))
    assert isinstance(later.listing, NotEnoughData)
    assert later.as_json()["contact"] == 0


def test_who_withdraws_after_the_lot_is_left_off_the_sheet_and_stays_in_the_lots(shop):
    first = asked(shop)
    gone = sheet(first)[0]["Customer"]
    n = int(gone[1:])
    shop.load(batch("customers", customer(n, opted_out_at="2026-06-28 12:00:00")))
    assert gone not in {row["Customer"] for row in sheet(asked(shop))}
    assert gone in arms(shop)


def test_the_sheet_has_what_a_guide_needs_and_nothing_that_acts_or_names(shop):
    row = sheet(asked(shop))[0]
    assert list(row) == [translate(label, "en") for label, _ in weekly.HEADS.values()]
    assert row["Customer's id at WeCom"].startswith("'=wm")
    assert all((path.stat().st_mode & 0o077) == 0 for path in asked(shop).files)


def test_a_trial_draws_and_writes_nothing(shop):
    load = shop.current().load_id
    found = asked(shop, dry=True)
    assert found.listing.enough
    assert not found.files
    assert shop.current().load_id == load


def test_a_write_that_dies_leaves_the_lots_and_the_next_call_the_sheets(shop, monkeypatch):
    def dies(*_):
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(weekly, "flush_files", dies)
        with pytest.raises(OSError, match="full"):
            asked(shop)
    before = arms(shop)
    assert before
    again = asked(shop)
    assert not again.drawn
    assert arms(shop) == before
    assert len(sheet(again)) == sum(arm == "contact" for arm, _ in before.values())


def test_what_was_drawn_is_read_out_once_its_window_has_closed(shop):
    asked(shop)
    shop.load(batch("orders", *[order(f"later{n}", "2026-07-10 12:00:00", "50", f"C{n:02d}")
                                for n in range(COUNT)],
                    order("last", "2026-08-10 12:00:00", "50", "C59")))  # fmt: skip
    lake = shop.open(as_of=date(2026, 8, 10))
    found = readout(lake.mart("assignment_outcomes"), as_of=lake.as_of)
    assert found.facts["treated"] + found.facts["control"] == len(arms(shop))
    assert found.claims[0].key == "contact_not_proven"


def test_capacity_is_what_each_account_is_given(shop):
    found = asked(shop, terms=Terms(capacity=5))
    assert found.listing.facts["busiest"] == 5


def test_accounts_with_a_number_of_their_own_have_it_on_their_sheet(shop):
    found = asked(shop, terms=Terms(capacity=5, capacities={"G1": 2, "G2": 0}))
    given = pd.Series([row["Account"] for row in sheet(found)]).value_counts()
    assert given["G0"] in {4, 5}
    assert given["G1"] in {1, 2}
    assert "G2" not in given


def test_capacities_declared_for_the_brand_hold_for_their_own_list(shop):
    with (shop.folder / "insights.toml").open("a") as declared:
        declared.write("\n[brands.shop.capacity]\nat_risk = { G0 = 0 }\n")
    settings = Settings.load(shop.folder)
    brand = settings.brand("shop")
    for purpose, accounts in ((WIN_BACK, {"G0", "G1", "G2"}), (AT_RISK, {"G1", "G2"})):
        found = weekly_list(settings, brand, as_of=AS_OF, purpose=purpose, dry=True)
        assert set(found.listing.table["staff_id"]) == accounts


def test_a_capacity_of_an_account_nobody_knows_is_refused_with_the_nearest(shop):
    with pytest.raises(ParameterError, match=r"'G_1'.* none of 3 accounts.*Did you mean 'G1'"):
        asked(shop, terms=Terms(capacities={"G_1": 2}))
    assert not arms(shop)


def test_the_share_of_known_sales_stands_in_every_row_of_the_sheet(shop):
    found = asked(shop)
    share = found.listing.facts["identified"]
    assert {row["Share of net sales by known customers"] for row in sheet(found)} == {str(share)}
    [book] = [path for path in found.files if path.suffix == ".xlsx"]
    with zipfile.ZipFile(book) as parts:
        written = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "Share of net sales by known customers" in written
    assert f"<v>{share}</v>" in written


def test_a_win_back_list_has_lots_and_sheets_of_its_own(shop):
    asked(shop)
    later = asked(shop, purpose=WIN_BACK, as_of=date(2026, 6, 28))
    assert isinstance(later.listing, NotEnoughData)  # All are watched from the other list.
    assert later.listing.facts["watched"] == 54


def test_both_lists_of_a_week_are_remembered_apart(shop):
    first = asked(shop, purpose=WIN_BACK, terms=Terms(capacity=8))
    assert first.drawn
    assert {path.name for path in first.files} == {"winback-2026-W27.csv", "winback-2026-W27.xlsx"}
    second = asked(shop, terms=Terms(capacity=12))
    assert second.drawn
    both = shop.ask("SELECT campaign_id, count(*), count(DISTINCT customer_id) FROM assignments "
                    "GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert [row[0] for row in both] == ["contact-2026-W27", "winback-2026-W27"]
    assert shop.ask("SELECT count(*) = count(DISTINCT customer_id) FROM assignments") == [(True,)]


def test_the_window_is_the_horizon_that_reports_choose(shop):
    assert asked(shop, dry=True).listing.facts["window"] == 28  # Nobody has bought twice.
    assert asked(shop, dry=True, horizon_days=91).listing.facts["window"] == 91


def test_who_is_forgotten_is_on_no_sheet_and_in_no_lot(shop):
    gone = sheet(asked(shop))[0]["Customer"]
    forget(shop.settings, shop.settings.brand("shop"), gone)
    assert not any(gone in path.read_text("utf-8", "ignore")
                   for path in shop.folder.glob("data/shop/actions/*.csv"))  # fmt: skip
    assert gone not in arms(shop)
    assert gone not in {row["Customer"] for row in sheet(asked(shop))}
