"""docs/first-hour.md works as it is written, in a workspace fresh from `insights init`."""

import json
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from insights.cli import app
from insights.lab import skeleton, workspace
from insights.wording import say_value, speak, voice

PAGE = Path(__file__).parents[2] / "docs" / "first-hour.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
NAME = "live_room"


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


class Reader:
    """Somebody who does what the page says, block by block, in a workspace of their own."""

    def __init__(self, root):
        self.root, self.names = root, {"frame": extract()}
        self.free = root / "notebooks" / "research" / f"{NAME}.ipynb"
        self.after, self.said = [], []

    def reads(self):
        for language, block in BLOCKS:
            getattr(self, language)(block)
        return self

    def python(self, block):
        if block.startswith("# %%"):
            workspace.write_notebook(self.free, cells(block))
            return
        exec(compile(block, PAGE.name, "exec"), self.names)  # noqa: S102 - that is what is tested
        self.after.append(dict(self.names))

    def sh(self, block):
        if not self.said:
            self.explores()
        for line in block.splitlines():
            program, *given = shlex.split(line)
            assert program == "insights"
            done = CliRunner().invoke(app, given)
            self.said.append(" ".join(done.output.split() + str(done.exception or "").split()))

    def explores(self):
        """Make the card's notebook, paste what was tried into it, run it and save it."""
        assert skeleton.begin(NAME) == f"research/{NAME}.ipynb"
        second, third = [block for _, block in BLOCKS if "ins.preview" in block or "kind" in block][
            :2
        ]
        tried = second[second.index("occasions") : second.index("\n\norders")]
        notebook = json.loads(self.free.read_text("utf-8"))
        for number, source in enumerate((f"from insights.analyses import cohorts\n{tried}", third)):
            cell = {"cell_type": "code", "id": f"tried-{number}", "metadata": {}, "outputs": []}
            notebook["cells"].append(cell | {"source": source})
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for number, cell in enumerate(code):
            cell["execution_count"] = number + 1
        self.free.write_text(json.dumps(notebook), "utf-8")

    def text(self, block):
        """Hold what the page shows against what was said last."""
        for line in block.splitlines():
            assert line.strip().removesuffix("...").strip() in self.said[-1]

    def toml(self, block):
        path = self.root / "notebooks" / "catalog.toml"
        path.write_text(f"{path.read_text('utf-8')}\n{block}", "utf-8")


def cells(listing):
    """Return the cells of a notebook that is listed with a `# %%` for each."""
    for head, source in re.findall(r"^# %%(.*)\n((?:(?!# %%).*\n?)*)", listing, re.MULTILINE):
        if "[markdown]" in head:
            yield "markdown", re.sub(r"^# ?", "", source.strip(), flags=re.MULTILINE)
        else:
            tag = re.search(r'tags=\["(\w+)"\]', head)
            yield f"code:{tag[1]}" if tag else "code", source.strip()


def extract():
    """Return orders: every second customer comes back, of the live room every fifth."""
    rows = []
    for n in range(600):
        at = pd.Timestamp("2024-10-05 10:00") + pd.Timedelta(days=n % 120)
        shop = ("门店", "抖音", "天猫")[n % 3]
        back = n // 3 % (5 if shop == "抖音" else 2) == 0
        for step in (0, 1) if back else (0,):
            ordered = at + pd.Timedelta(days=30 * step)
            rows.append((f"A{n}-{step}", f"m{n}", ordered, ordered, shop, 12_900 + n, "完成"))
    rows.append(("last", "m0", *[pd.Timestamp("2025-06-30 10:00")] * 2, "门店", 5_000, "完成"))
    names = ["order_no", "member_no", "order_time", "pay_time", "shop", "paid_fen", "state"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Read the whole page; return who did."""
    root = tmp_path_factory.mktemp("first-hour")
    workspace.make(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield Reader(root).reads()


@pytest.mark.slow
class TestThePage:
    def test_an_extract_with_other_names_is_loaded_once_nothing_stands_in_the_way(self, told):
        first = told.after[0]
        ins, how = first["ins"], first["how"]
        found = ins.check(extract(), "orders")
        assert (len(found), int(found["stops"].sum())) == (17, 10)
        assert "seventeen problems" in TEXT
        assert ins.check(extract(), "orders", **how).empty
        orders = ins.tables().set_index("table").loc["orders"]
        assert orders["rows"] == len(extract())
        assert orders["identified"] == 1

    def test_the_live_room_is_told_apart_from_the_shelf(self, told):
        r = told.after[1]["r"]
        shares = r.table.set_index("group")["share"]
        assert shares["Livestream shops"] == pytest.approx(0.2, abs=0.03)
        assert shares["Shelf shops"] == pytest.approx(0.5, abs=0.03)
        held = r.compare("Livestream shops", "Shelf shops").dropna(subset="apart").iloc[0]
        assert held["apart"]
        assert held["low"] < -0.3 < held["high"] < 0

    def test_it_makes_a_page(self, told):
        last = told.after[2]
        assert 'lang="zh-CN"' in last["ins"].preview(last["r"]).html

    def test_the_notebook_is_refused_and_once_changed_a_report(self, told):
        refused, promoted, *_ = told.said
        assert "cannot be a report yet" in refused
        assert "[reports.live_room]" in promoted
        assert not told.free.exists()
        assert (told.root / "notebooks" / told.free.name).is_file()

    def test_it_is_due_by_its_schedule_and_its_page_has_the_figure(self, told):
        *_, shown, waits, made = told.said
        assert NAME in shown
        assert "Nothing is due that can be run now" in waits
        assert "published" in made
        pages = told.root / "reports"
        latest = (pages / "latest" / "my_brand" / NAME / "default.html").read_text("utf-8")
        shares = told.after[1]["r"].table.set_index("group")["share"]
        assert f"直播店铺为{say_value(shares['Livestream shops'], 'percent')}" in latest
        assert (pages / "my_brand" / NAME / "2025-06-30" / "default" / "index.html").is_file()
        assert f"my_brand/{NAME}" in (pages / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_the_figures_of_the_simulated_brand_are_those_of_the_page(tmp_path, monkeypatch):
    workspace.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSIGHTS_BRAND", "demo")
    done = CliRunner().invoke(app, ["demo", "brand", "--direct"])
    assert done.exit_code == 0, done.output
    names = {}
    second = next(block for _, block in BLOCKS if "Livestream shops" in block)
    exec(compile(f"import insights as ins\n{second}", PAGE.name, "exec"), names)  # noqa: S102
    r = names["r"]
    groups = r.table.set_index("group")
    said = " ".join(TEXT.split())
    for group, words in (
        ("Livestream shops", "livestream shops"),
        ("Shelf shops", "of shelf shops"),
    ):
        assert words in said
        assert f"{groups.loc[group, 'customers']:,}" in said
        assert f"{groups.loc[group, 'share']:.1%}" in said
    apart = r.compare("Livestream shops", "Shelf shops").dropna(subset="apart").iloc[0]
    less, most, least = (-100 * apart[name] for name in ("difference", "low", "high"))
    assert f"{less:.1f} points less, {least:.1f} to {most:.1f}" in said
    assert f"private shops {groups.loc['Private shops', 'share']:.1%}" in said
