"""Channels: what each kind of content is called, what it is divided by, and which export tells."""

from insights.wording import _

KINDS = {
    "article": _("Articles"),
    "moment": _("Moments"),
    "mass_msg": _("Mass messages"),
    "group_post": _("Group posts"),
    "group": _("Groups"),
    "live": _("Livestreams"),
    "short_video": _("Short videos"),
    "note": _("Notes"),
    "coupon": _("Coupons"),
    "mailer": _("Mailers"),
    "mail": _("Mailers"),
    "phone": _("Calls"),
    "group_chat": _("Group chats"),
}

# What the first figure of a funnel is, and so what every rate of it is divided by.
BASES = {
    "sent": _("people it was sent to"),
    "received": _("friends who received it"),
    "friendships": _("friendships at the time"),
    "delivered": _("fans it was delivered to"),
    "worked_out": _("fans it was delivered to, worked out"),
    "shown": _("people it was shown to"),
    "audience": _("audience as exported"),
    "members": _("members on the day"),
    "meant": _("people it was meant for"),
}

# The export that would answer, for each channel that a brand may be asked about.
EXPORTS = {
    "article": _("Articles: getarticletotaldetail of the official account"),
    "moment": _("Moments: get_moment_list and get_moment_comments of WeCom"),
    "mass_msg": _("Mass messages: get_groupmsg_send_result of WeCom"),
    "group": _("Groups: groupchat/statistic of WeCom"),
    "live": _("Livestreams and short videos: the days of contents (template), with impressions"),
    "note": _("Notes: the days of contents (template), with impressions"),
    "coupon": _("Coupons: the list of coupons issued and used, with the customer"),
    "mailer": _("Mailers: the list of whom each was sent to"),
}
