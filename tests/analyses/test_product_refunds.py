"""Money back by product: on sums made by hand, and on lots that are all alike."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import product_refunds
from insights.analyses.cohorts.product_refunds import BEST_SELLING, CATEGORY, PRODUCT
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 30)


def sold(*lines, named=1.0):
    """The mart `product_refunds` of order lines: product, category, paid, back."""
    frame = pd.DataFrame(lines, columns=["product_id", "category", "paid", "back"])
    frame = frame.assign(
        order_lines=1,
        gross_amount=frame["paid"],
        refund_amount=frame["back"],
        named_amount=frame["back"] * named,
        gross_square=frame["paid"] ** 2,
        refund_square=frame["back"] ** 2,
        gross_refund=frame["paid"] * frame["back"],
    ).drop(columns=["paid", "back"])
    sums = frame.groupby(["product_id", "category"], as_index=False, dropna=False).sum()
    return sums.assign(name=sums["product_id"])


def of_product(name, category, lines, back, paid=100.0):
    """Lines of one amount, of which so many went back whole."""
    return [(name, category, paid, paid)] * back + [(name, category, paid, 0.0)] * (lines - back)


def drawn(seed, shares, lines=400):
    """Lines of skewed amounts, each given back whole by the chance of its product."""
    rng = np.random.default_rng(seed)
    rows = []
    for product, share in shares.items():
        paid = np.round(rng.lognormal(5, 0.6, lines), 2)
        back = np.where(rng.random(lines) < share, paid, 0.0)
        rows += [(product, "all", *row) for row in zip(paid, back, strict=True)]
    return sold(*rows)


def test_products_and_categories_are_held_against_all_else():
    lines = [
        *of_product("coat", "wear", 200, 120),
        *of_product("scarf", "wear", 200, 40),
        *of_product("tea", "food", 400, 40),
    ]
    found = product_refunds(sold(*lines), as_of=AS_OF)
    products = found.table[found.table["of"] == PRODUCT].set_index("group")
    assert products.loc["coat", ["share", "rest"]].tolist() == pytest.approx([0.6, 80 / 600])
    categories = found.table[found.table["of"] == CATEGORY].set_index("group")
    assert categories.loc["wear", ["share", "rest"]].tolist() == pytest.approx([0.4, 0.1])
    # Every line of one amount: the error is that of a share.
    assert products.loc["coat", "high"] - 0.6 == pytest.approx(1.96 * (0.24 / 200) ** 0.5, abs=1e-4)
    assert found.headline.key == "product_refunds_apart"
    assert "coat" in found.headline.text("zh-CN")
    assert all(check.passed for check in found.checks)
    assert not found.caveats


def test_one_that_is_told_apart_by_less_is_not_said_to_have_more():
    lines = [*of_product("tea", "food", 200, 2), *of_product("cup", "ware", 200, 80)]
    found = product_refunds(sold(*lines), as_of=AS_OF)
    assert found.facts["top"] in {"cup", "ware"}


def test_products_alike_are_not_distinguishable():
    lines = [*of_product("tea", "food", 200, 60), *of_product("cup", "ware", 200, 61)]
    assert product_refunds(sold(*lines), as_of=AS_OF).headline.key == "product_refunds_same"


def test_money_that_names_no_line_is_said():
    lines = [*of_product("tea", "food", 200, 60), *of_product("cup", "ware", 200, 61)]
    found = product_refunds(sold(*lines, named=0.25), as_of=AS_OF)
    assert any("75%" in found.say(caveat) for caveat in found.caveats)


def test_products_are_chosen_by_what_was_paid():
    lines = [line for n in range(25) for line in of_product(f"p{n}", "all", 120, 12, 10.0 + n)]
    lines += of_product("dear", "all", 1, 1)
    found = product_refunds(sold(*lines), as_of=AS_OF)
    shown = found.table.loc[found.table["of"] == PRODUCT, "group"]
    assert set(shown) == {f"p{n}" for n in range(25 - BEST_SELLING, 25)}


@pytest.mark.parametrize(
    "lines", [[], of_product("tea", "food", 99, 9), of_product("tea", "food", 500, 0)]
)
def test_little_or_nothing_back_is_not_enough_and_it_says_what_is(lines):
    found = product_refunds(sold(*lines), as_of=AS_OF)
    assert isinstance(found, NotEnoughData)
    assert "Needed" in found.say(found.needs)


def test_a_frame_without_squares_is_refused_by_name():
    with pytest.raises(MissingColumns, match="gross_square"):
        product_refunds(sold(("tea", "food", 9.0, 0.0)).drop(columns="gross_square"), as_of=AS_OF)


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_the_planted_share_lies_within_its_interval_as_often_as_promised(count):
    gathered, shares = Coverage(0.95), {"tea": 0.4, "cup": 0.2, "pot": 0.3}
    for seed in range(count):
        found = product_refunds(drawn(seed, shares), as_of=AS_OF).table.set_index("group")
        for product, share in shares.items():
            gathered.add(found.loc[product, "low"], found.loc[product, "high"], share)
    assert gathered.holds(), gathered.share
    assert count < 100 or gathered.fits()


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_products_alike_are_told_apart_no_more_often_than_they_should(count):
    alike = dict.fromkeys(("tea", "cup", "pot"), 0.3)
    found = [product_refunds(drawn(seed, alike), as_of=AS_OF) for seed in range(count)]
    assert false_alarms_hold(sum(r.facts["apart"] > 0 for r in found), count, 0.05)
