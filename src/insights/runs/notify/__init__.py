"""Notify: who hears of which report, once a batch, in words that they can use?

`deliver` sends what is waiting in the outbox: one digest a recipient. Robots of WeCom have a sender
of our own; e-mail, DingTalk, Feishu and the rest go through apprise.
"""

from insights.runs.notify.delivery import Delivery, deliver, deliver_test

__all__ = ["Delivery", "deliver", "deliver_test"]
