"""docs/first-hour.md works as it is written, in a workspace fresh from `insights init`."""

import re
from pathlib import Path

import pandas as pd
import pytest

from insights.lab import workspace
from insights.wording import speak, voice

PAGE = Path(__file__).parents[2] / "docs" / "first-hour.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Run the page's code block by block; return what each left under a name."""
    root = tmp_path_factory.mktemp("first-hour")
    workspace.make(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        names = {"frame": extract()}
        after = []
        for block in BLOCKS:
            exec(compile(block, PAGE.name, "exec"), names)  # noqa: S102 - that is what is tested
            after.append(dict(names))
        yield after


def extract():
    """Return a warehouse's orders: of those of the stores every second customer comes back."""
    rows = []
    for n in range(400):
        at = pd.Timestamp("2026-01-05 10:00") + pd.Timedelta(days=n % 120)
        shop = ("门店", "天猫")[n % 2]
        for step in (0, 1) if n % 4 == 0 else (0,):
            ordered = at + pd.Timedelta(days=30 * step)
            rows.append((f"A{n}-{step}", f"m{n}", ordered, ordered, shop, 12_900 + n, "完成"))
    rows.append(("last", "m0", *[pd.Timestamp("2026-08-31 10:00")] * 2, "门店", 5_000, "完成"))
    names = ["order_no", "member_no", "order_time", "pay_time", "shop", "paid_fen", "state"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.slow
class TestThePage:
    def test_an_extract_with_other_names_is_loaded_once_nothing_stands_in_the_way(self, told):
        first = told[0]
        ins, how = first["ins"], first["how"]
        assert int(ins.check(extract(), "orders")["stops"].sum()) == 10
        assert ins.check(extract(), "orders", **how).empty
        orders = ins.tables().set_index("table").loc["orders"]
        assert orders["rows"] == len(extract())
        assert orders["identified"] == 1

    def test_the_question_is_answered_and_the_groups_are_told_apart(self, told):
        r = told[1]["r"]
        shares = r.table.set_index("group")["share"]
        assert shares["Stores"] == pytest.approx(0.5, abs=0.02)
        assert shares["Tmall"] == 0
        held = r.compare("Stores", "Tmall").set_index("measure")
        assert held["apart"].dropna().any()

    def test_it_makes_a_page(self, told):
        ins = told[2]["ins"]
        assert 'lang="zh-CN"' in ins.preview(told[2]["r"]).html
