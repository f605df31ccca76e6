"""Channels: what a place of sale is called on a page, and which ones are the brand's own."""

from insights.wording import _

CHANNELS = {
    "store": _("Stores"),
    "youzan": _("Youzan"),
    "wx_store": _("WeChat store"),
    "tmall": _("Tmall"),
    "taobao": _("Taobao"),
    "jd": _("JD"),
    "douyin": _("Douyin"),
    "kuaishou": _("Kuaishou"),
    "pdd": _("Pinduoduo"),
    "xhs": _("Xiaohongshu"),
    "self_mall": _("Own mall"),
    "wechat_transfer": _("WeChat transfers"),
    "other": _("Other channels"),
}
# Shops in which the brand reaches its customers itself; the marts say the same in SQL.
PRIVATE_SHOPS = ("youzan", "wx_store", "self_mall", "wechat_transfer")


def channel_label(channel: object) -> str:
    """Return the message that names a channel, or its own name where it has none.

    Examples
    --------
    >>> channel_label("douyin"), channel_label("kiosk")
    ('Douyin', 'kiosk')
    """
    return CHANNELS.get(str(channel), str(channel))
