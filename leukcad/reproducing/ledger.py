"""The ledger: every claim of a study, what was printed, what was measured, and what can be said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from leukcad.errors import LeukcadError
from leukcad.reproducing import printed_claims, shown_claims
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.states import Entry
from leukcad.reproducing.studies import Claim

Rule = Callable[[Claim, Facts], Iterator[Entry]]

#: Rule of a claim → what decides on it.
RULES: dict[str, Rule] = {
    "shares": shown_claims.shares,
    "all_degrade": shown_claims.all_degrade,
    "residual_better": shown_claims.residual_better,
    "best": printed_claims.best,
    "test_set": printed_claims.test_set,
    "listing": printed_claims.listing,
    "only_when_alone": shown_claims.only_when_alone,
    "red_cells_weigh_more": shown_claims.red_cells_weigh_more,
    "most_are_ignored": shown_claims.most_are_ignored,
    "position_not_number": shown_claims.position_not_number,
    "resizing": shown_claims.resizing,
    "first_step": shown_claims.first_step,
    "out_of_scope": printed_claims.out_of_scope,
}


def ledger(facts: Facts) -> list[Entry]:
    """All entries, the table's cells first. Raises LeukcadError for a claim whose rule is unknown."""
    found = [*printed_claims.table_cells(facts), *printed_claims.first_failing(facts)]
    for claim in facts.study.claims:
        if claim.rule not in RULES:
            known = ", ".join(RULES)
            raise LeukcadError(
                f"{facts.study.name}: claim {claim.claim!r}: no rule {claim.rule!r}", cure=f"known: {known}"
            )
        found += RULES[claim.rule](claim, facts)
    return found
