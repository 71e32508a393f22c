"""What this session's jobs cost or may cost, held against the budget that its user set."""

from __future__ import annotations

from collections.abc import Mapping

from videogen_nb.core.job import Cost
from videogen_nb.errors import RequestError
from videogen_nb.storage.journal import SESSION, Journal

__all__ = ["refuse_over", "remaining", "spent"]


def spent(journal: Journal) -> dict[str, float]:
    """What the jobs submitted by this process come to, by unit: costs as reported, prices of those that told none."""
    return journal.spent(SESSION)


def remaining(journal: Journal, budget: float, unit: str) -> Cost:
    """What of the budget is left in a unit; never below 0."""
    return Cost(max(0.0, budget - spent(journal).get(unit, 0.0)), unit)


def refuse_over(journal: Journal, budget: float | None, prices: Mapping[str, float], what: str) -> None:
    """Refuse what would go over the budget.

    Args:
        journal: Where the session's jobs are.
        budget: The most they may cost, in each unit by itself; None sets no limit.
        prices: What is to be added, by unit; what has no known price is not in it.
        what: What it is, to begin a sentence with.

    Raises:
        RequestError: It would; nothing was sent.
    """
    if budget is None:
        return
    for unit, price in prices.items():
        rest = remaining(journal, budget, unit)
        # Sums of decimal prices are off by a hair: 0.1 + 0.2 is within 0.3.
        if price > rest.amount + 1e-9 * budget:
            raise RequestError(
                f"{what} would cost {Cost(price, unit)}, and {rest} of this session's budget of {budget:g} are left. "
                f"Nothing was sent. `%config VideogenMagics.budget` raises it; `%videogen cost` tells what was spent.",
                option="max_cost",
            )
