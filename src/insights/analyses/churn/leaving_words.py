"""How is it said who will leave: friends who delete, members who do not renew?"""

from dataclasses import dataclass

from insights.wording import _


@dataclass(frozen=True)
class Words:
    """What is said of one way to leave."""

    model_name: str
    title: str
    subtitle: str
    expected: str
    tile: str
    sampled: str
    better: str
    no_better: str
    unknown: str
    needs: str


FRIENDS = Words(
    model_name="leaving-friends",
    title=_("Who will end the friendship"),
    subtitle=_("Contacts whose last friendship ends by their own hand within {horizon:days}"),
    expected=_(
        "Of {people:count} contacts, about {expected:count} ({low:count}–{high:count}) will end "
        "their last friendship in the {horizon:days} to {until:day}."
    ),
    sampled=_(
        "Of {people:count} contacts drawn by lot, {share:percent} of all, about {expected:count} "
        "({low:count}–{high:count}) will end their last friendship in the {horizon:days} to "
        "{until:day}."
    ),
    tile=_("Contacts expected to delete"),
    better=_(
        "Who will is told better by what is known of them than by the age of the friendship alone: "
        "AUC {auc:number3} against {rule_auc:number3} (gain {gain_low:number3} to "
        "{gain_high:number3})."
    ),
    no_better=_(
        "What is known of contacts is not shown to tell more than the age of the friendship: AUC "
        "{auc:number3} against {rule_auc:number3} (gain {gain_low:number3} to {gain_high:number3})."
    ),
    unknown=_(
        "In the windows of {horizon:days} that have closed, {events:count} contacts are known to "
        "have ended their last friendship before the newest of them: too few to learn from."
    ),
    needs=_(
        "Needed: {min_events:count} such deletions, from WeCom's customer lists fetched again and "
        "again, or from its deletion events."
    ),
)
MEMBERS = Words(
    model_name="leaving-members",
    title=_("Which members will not renew"),
    subtitle=_("Paid terms that end within {horizon:days} without another within {grace:days}"),
    expected=_(
        "Of {people:count} paid memberships that end in the {horizon:days} to {until:day}, about "
        "{expected:count} ({low:count}–{high:count}) will not be renewed."
    ),
    sampled=_(
        "Of {people:count} paid memberships drawn by lot, {share:percent} of all, that end in the "
        "{horizon:days} to {until:day}, about {expected:count} ({low:count}–{high:count}) will not "
        "be renewed."
    ),
    tile=_("Memberships expected to lapse"),
    better=_(
        "Who will not renew is told better by what members bought than by how long they have been "
        "members: AUC {auc:number3} against {rule_auc:number3} (gain {gain_low:number3} to "
        "{gain_high:number3})."
    ),
    no_better=_(
        "What members bought is not shown to tell who renews better than how long they have been "
        "members: AUC {auc:number3} against {rule_auc:number3} (gain {gain_low:number3} to "
        "{gain_high:number3})."
    ),
    unknown=_(
        "In the windows of {horizon:days} that have closed, {events:count} paid memberships are "
        "known to have lapsed before the newest of them: too few to learn from."
    ),
    needs=_("Needed: {min_events:count} lapsed terms, from a member table with every paid year."),
)
