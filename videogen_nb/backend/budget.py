"""Compare what this session's jobs cost, or may cost, with the user's budget."""

from __future__ import annotations

from collections.abc import Mapping

from videogen_nb.core.job import Cost
from videogen_nb.errors import RequestError
from videogen_nb.storage.journal import SESSION, Journal

__all__ = ["refuse_over", "remaining", "spent"]


def spent(journal: Journal) -> dict[str, float]:
    """What the jobs submitted by this process cost, by unit; the price counts where no cost was reported."""
    return journal.spent(SESSION)


def remaining(journal: Journal, budget: float, unit: str) -> Cost:
    """What remains of the budget in a unit; never below 0."""
    return Cost(max(0.0, budget - spent(journal).get(unit, 0.0)), unit)


def refuse_over(journal: Journal, budget: float | None, prices: Mapping[str, float], subject: str) -> None:
    """Refuse a request that would exceed the budget.

    Args:
        journal: The journal with the session's jobs.
        budget: Limit for the session, in each unit separately; None sets no limit.
        prices: Known prices of the new request, by unit.
        subject: What would be bought, as the message begins.

    Raises:
        RequestError: It would exceed the budget; nothing was sent.
    """
    if budget is None:
        return
    for unit, price in prices.items():
        rest = remaining(journal, budget, unit)
        # Rounding errors of sums must not count: 0.1 + 0.2 is within 0.3.
        if price > rest.amount + 1e-9 * budget:
            raise RequestError(
                f"{subject} would cost {Cost(price, unit)}, and {rest} of this session's budget of {budget:g} are "
                "left. Nothing was sent. "
                "`%config VideogenMagics.budget` raises it; `%videogen cost` shows what was spent.",
                option="max_cost",
            )
