"""Channels: what places of sale and other sources are called, and which are the brand's own."""

from insights.wording import _

# Shops in which the brand reaches its customers itself; the marts say the same in SQL.
PRIVATE_SHOPS = ("youzan", "wx_store", "self_mall", "wechat_transfer")

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
# Kinds of them, as the trade tells channels apart; what is none of these is another channel.
CHANNEL_KINDS = {
    "live": (_("Livestream shops"), ("douyin", "kuaishou")),
    "shelf": (_("Shelf shops"), ("tmall", "taobao", "jd", "pdd", "xhs")),
    "store": (_("Stores"), ("store",)),
    "private": (_("Private shops"), PRIVATE_SHOPS),
}
# What rows come from: a channel's own system, or one that sells nothing.
SOURCES = CHANNELS | {
    "wecom": _("WeCom"),
    "pos": _("Tills"),
    "members": _("Member list"),
    "official_account": _("Official account"),
    "wechat_pay": _("WeChat Pay"),
    "wechat_ads": _("WeChat ads"),
    "channels": _("WeChat Channels"),
    "mini_program": _("Mini-program"),
    "completejourney": _("The Complete Journey"),
    "files": _("Exported files"),
    "brand_tables": _("The brand's own tables"),
    "warehouse": _("Warehouse"),
    "identity": _("Worked out from the ids"),
}


def channel_label(channel: object) -> str:
    """Return the message that names a channel, or its own name where it has none.

    Examples
    --------
    >>> channel_label("douyin"), channel_label("kiosk")
    ('Douyin', 'kiosk')
    """
    return CHANNELS.get(str(channel), str(channel))


def source_label(source: object) -> str:
    """Return the message that names a source, or its own name where it has none.

    Examples
    --------
    >>> source_label("wecom"), source_label("tills")
    ('WeCom', 'tills')
    """
    return SOURCES.get(str(source), str(source))
