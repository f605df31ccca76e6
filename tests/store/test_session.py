import json

import pytest

import insights as ins
from insights.errors import DataError, EmptyLake, LakeError, SettingsError
from insights.results import NotEnoughData
from insights.store import session
from tests.store.shop import batch, campaign, order

A = order("A", "2024-01-05 10:00:00", "10.00")
B = order("B", "2024-01-06 10:00:00", "20.00")
COUNT = "SELECT count(*) AS n FROM orders"


@pytest.fixture
def here(shop, monkeypatch):
    monkeypatch.chdir(shop.folder)
    shop.load(batch("orders", A))
    return shop


@pytest.fixture
def run(here, monkeypatch):
    """Write what a runner tells a kernel."""

    def writer(**told):
        path = here.folder / "run.json"
        path.write_text(json.dumps(told))
        monkeypatch.setenv("INSIGHTS_RUN", str(path))

    return writer


class TestInJupyterLab:
    def test_the_current_load_of_the_default_brand_is_read(self, here):
        assert session.open_here().brand.name == "shop"
        assert session.open_here().load_id == here.current().load_id

    def test_one_line_questions_see_a_new_load(self, here):
        assert session.shared(None, None).sql(COUNT)["n"].item() == 1
        here.load(batch("orders", B))
        assert session.shared(None, None).sql(COUNT)["n"].item() == 2

    def test_one_line_questions_share_a_lake(self, here):
        assert session.shared(None, None) is session.shared("shop", None)
        assert session.shared(None, None) is not session.shared(None, "2024-01-05")


class TestWithTwoBrands:
    """Whoever opened a lake means its brand from then on, whichever the default one is."""

    @pytest.fixture
    def opened(self, here):
        here.load(batch("orders", B | {"customer_id": "C9"}), brand="other")
        ins.open_lake("other")
        yield here
        ins.open_lake("shop")

    def test_the_door_speaks_of_the_one_opened_last(self, opened):
        page = NotEnoughData(title="T", because="Too few.", needs="More.")
        assert "other" in ins.preview(page).html
        assert "other" not in ins.preview(page, brand="shop").html
        assert ins.sql("SELECT order_id FROM orders")["order_id"].tolist() == ["B"]
        assert ins.mart("purchases")["customer_id"].tolist() == ["C9"]
        assert ins.tables()["last_at"].dropna().dt.day.tolist() == [6]
        ins.segments.save("vip", ["C9"])
        assert ins.segments.names("shop").empty
        assert ins.segments.names("other")["name"].tolist() == ["vip"]
        assert ins.open_lake().brand.name == "shop", "a page opens the same lake each time"
        assert ins.sql("SELECT order_id FROM orders")["order_id"].tolist() == ["A"]

    @pytest.mark.usefixtures("opened")
    def test_no_segment_has_customers_of_another_brand(self):
        with pytest.raises(DataError, match="1 of 2 in 'vip' are no customers of 'shop'"):
            ins.segments.save("vip", ["C1", "C9"], brand="shop")
        assert ins.segments.names("shop").empty

    def test_a_run_keeps_to_its_own(self, opened, run):
        run(brand="shop", load_id=opened.current().load_id)
        assert session.shared(None, None).brand.name == "shop"


def test_a_brand_without_orders_shows_its_other_tables_and_is_not_the_default(here):
    text = (here.folder / "insights.toml").read_text().replace('default_brand = "shop"', "")
    head, rest = text.split("[brands.shop]")
    shops, other = rest.split("[brands.other]")
    (here.folder / "insights.toml").write_text(
        f"{head}[brands.other]{other}[brands.shop]{shops}", "utf-8"
    )
    here.load(batch("campaigns", campaign("K", "2024-01-01", "2024-01-02")), brand="other")
    assert session.open_here().brand.name == "shop"
    assert ins.sql("SELECT campaign_id FROM campaigns", brand="other").squeeze() == "K"
    assert ins.tables("other").set_index("table").loc["campaigns", "rows"] == 1
    with pytest.raises(EmptyLake, match="has no orders yet"):
        ins.open_lake("other")


class TestInARun:
    def test_the_load_that_the_run_was_planned_for_is_read(self, here, run):
        planned = here.current().load_id
        run(brand="shop", load_id=planned, workspace=str(here.folder), run_id="R", other="ignored")
        here.load(batch("orders", B))
        assert session.open_here().load_id == planned
        assert session.shared(None, None).load_id == planned

    def test_another_brand_is_read_at_its_own_load(self, here, run):
        here.load(batch("orders", B), brand="other")
        run(brand="shop", load_id=here.current().load_id)
        assert session.open_here("other").load_id == here.current("other").load_id
        assert session.shared("other", None).brand.name == "other"

    def test_a_load_that_is_gone_is_not_replaced_by_another(self, run):
        run(brand="shop", load_id="20200101T000000000000Z")
        with pytest.raises(LakeError, match="not there any more"):
            session.open_here()

    @pytest.mark.parametrize("text", [None, "", "{", '{"lang": "fr"}'])
    def test_a_file_that_is_none_of_a_run_is_refused_by_name(self, here, monkeypatch, text):
        path = here.folder / "run.json"
        if text is not None:
            path.write_text(text)
        monkeypatch.setenv("INSIGHTS_RUN", str(path))
        with pytest.raises(SettingsError, match=r"\$INSIGHTS_RUN names 'run.json'"):
            session.open_here()
