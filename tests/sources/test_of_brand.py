"""What a brand adds to adapters: a renamed header, a new word; and what it cannot add."""

import pytest

from insights.errors import SettingsError
from insights.settings import Brand, Settings
from insights.sources import adapters
from insights.sources.of_brand import adapters_of

ROOT = next(one.detect.roots[0] for one in adapters() if one.name == "tmall.trades")


def adapter(brand, name="tmall.orders"):
    return next(one for one in adapters_of(brand) if one.name == name)


def brand(aliases=None, words=None, name="tmall.orders"):
    return Brand(
        name="shop",
        aliases={name: aliases} if aliases else {},
        words={name: words} if words else {},
    )


def refusal(**added):
    with pytest.raises(SettingsError) as refused:
        adapters_of(brand(**added))
    return str(refused.value)


class TestWhatIsAdded:
    def test_a_header_is_one_more_spelling_of_ours(self):
        plain, found = adapter(Brand(name="shop")), adapter(brand({"订单号": "订单编号"}))
        assert found.aliases["订单编号"] == (*plain.aliases.get("订单编号", ()), "订单号")

    def test_a_path_of_an_answer_is_written_with_its_root_or_without(self):
        whole, short = (
            adapter(brand({f"{root}number": f"{root}tid"}, name="tmall.trades"), "tmall.trades")
            for root in ("", f"{ROOT}.")
        )
        assert whole.aliases == short.aliases
        assert whole.aliases[f"{ROOT}.tid"][-1] == f"{ROOT}.number"

    def test_a_word_is_one_more_of_its_column(self):
        found = adapter(brand(words={"订单状态": {"已签收": "done"}}))
        assert found.words["订单状态"]["已签收"] == "done"
        assert "交易成功" in found.words["订单状态"]

    def test_it_is_part_of_the_version_and_other_adapters_are_as_they_were(self):
        known = {one.name: one.version for one in adapters()}
        found = {one.name: one.version for one in adapters_of(brand({"订单号": "订单编号"}))}
        assert {name for name in known if known[name] != found[name]} == {"tmall.orders"}
        assert found != {one.name: one.version for one in adapters_of(brand({"单号": "订单编号"}))}

    def test_nothing_added_is_nothing_changed(self):
        assert adapters_of(Brand(name="shop")) == adapters()


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("added", "said"),
        [
            ({"aliases": {"x": "y"}, "name": "tmall.order"}, "Did you mean 'tmall.orders'?"),
            ({"aliases": {"订单号": "订单编码"}}, "reads. Did you mean '订单编号'?"),
            ({"aliases": {"订单状态": "订单编号"}}, "'订单状态' is read as '订单状态' already"),
            ({"aliases": {" ": "订单编号"}}, "an empty header"),
            ({"words": {"订单壮态": {"x": "done"}}}, "Did you mean '订单状态'?"),
            ({"words": {"订单状态": {"已签收": "don"}}}, "Did you mean 'done'?"),
            ({"words": {"订单状态": {"已签收": "?"}}}, "one of unpaid"),
            ({"words": {"订单状态": {"交易成功": "paid"}}}, "'交易成功' is known already"),
            ({"words": {"订单状态": {"": "paid"}}}, "an empty word"),
        ],
    )
    def test_it_is_said_with_the_place_and_the_nearest_name(self, added, said):
        found = refusal(**added)
        assert said in found
        assert "[brands.shop." in found

    def test_all_of_it_is_said_together(self):
        said = refusal(aliases={"订单号": "编码"}, words={"订单状态": {"已签收": "?"}})
        assert "'编码' is no column" in said
        assert "'已签收' cannot mean '?'" in said

    def test_an_adapter_without_quotes_is_told_how_it_is_written(self, tmp_path):
        text = '[brands.shop.aliases.tmall.orders]\n"订单号" = "订单编号"\n'
        (tmp_path / "insights.toml").write_text(text, "utf-8")
        with pytest.raises(SettingsError, match=r'aliases\."tmall\.orders"'):
            Settings.load(tmp_path)
