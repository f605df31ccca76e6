"""What no document confirms is said whenever such a file is loaded."""

import pytest

from insights import sources

GUESSES = [
    ("douyin.trades", ("101", "105", "refund_status", "order_phase_list.pay_success")),
    ("douyin.orders", ("待支付", "备货中", "支付完成时间")),
    ("youzan.orders", ("订单状态", "商家发货时间", "订单完成时间", "运费")),
    ("tmall.trades", ("PAID_FORBID_CONSIGN", "PAY_PENDING", "TRADE_NO_CREATE_PAY")),
]


@pytest.mark.parametrize(("name", "guessed"), GUESSES)
def test_a_guess_is_said_in_both_languages(name, guessed):
    (source,) = (one.source for one in sources.adapters() if one.name == name)
    for said in (source.unproven, source.unproven_en):
        assert any(all(word in sentence for word in guessed) for sentence in said)
