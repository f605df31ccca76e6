"""Eligible: who may be contacted at all, and who is worth it now?"""

from typing import Any

import pandas as pd

from insights.analyses.outreach.terms import Terms

PEOPLE = {"customer_id", "standing", "staff_id", "consent", "opted_out", "is_staff"}
SCORED = {"customer_id", "p_silent", "usual_spend", "value_at_risk", "reason"}


def may_be_contacted(
    scored: pd.DataFrame, people: pd.DataFrame, watched: pd.Series | None, terms: Terms
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return who may be contacted, `chosen` if worth it and not watched; and how many are not."""
    held = people[list(PEOPLE)]
    found = scored.merge(held, on="customer_id", how="inner", validate="one_to_one")
    reachable = found[(found["standing"] > 0) & ~found["is_staff"].astype(bool)]
    agreed = reachable["consent"].fillna(False).astype(bool) & ~reachable["opted_out"].astype(bool)
    allowed = reachable[agreed]
    free = allowed
    if watched is not None:
        free = allowed[~allowed["customer_id"].isin(watched)]
    worth = free["value_at_risk"].astype(float) * terms.margin > terms.contact_cost
    chosen = allowed["customer_id"].isin(free.loc[worth, "customer_id"])
    kept = allowed.assign(
        margin_at_risk=allowed["value_at_risk"].astype(float) * terms.margin,
        consent=True,
        opted_out=False,
        chosen=chosen,
    )
    kept = kept.sort_values(
        ["margin_at_risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    facts = {
        "active": len(scored),
        "reachable": len(reachable),
        "allowed": len(allowed),
        "refused": len(reachable) - len(allowed),
        "consent_known": int(reachable["consent"].notna().sum()),
        "watched": len(allowed) - len(free),
        "worth": int(worth.sum()),
        "capacity": terms.capacity,
        "margin": terms.margin,
        "contact_cost": terms.contact_cost,
        "window": terms.window_days,
    }
    return kept, facts
