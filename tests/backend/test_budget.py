from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import videogen_nb as vg
from tests.support.farm import Farm
from videogen_nb import config
from videogen_nb.backend import budget as budget_module
from videogen_nb.backend import session
from videogen_nb.errors import RequestError, VideogenError

if TYPE_CHECKING:
    from tests.support.shell import Shell

pytest_plugins = ["tests.support.fixtures", "tests.support.shell"]

Start = Callable[..., Farm]
PRICED = {"id": "veo-3-1-fast", "modality": "video", "credits_per_clip": 100}


@pytest.fixture
def priced(farm: Start, monkeypatch: pytest.MonkeyPatch) -> Farm:
    """An Infery whose list says 100 credits a clip, and which then reports 80; a session of its own."""
    monkeypatch.setattr("videogen_nb.storage.journal.SESSION", "of this test")
    monkeypatch.setattr(budget_module, "SESSION", "of this test")
    return farm(models=[PRICED])


def budget(amount: float | None) -> None:
    config.settings().budget = amount


def generate(prompt: str, **options: Any) -> vg.Job:
    return vg.generate(prompt, model="veo-3-1-fast", provider="infery", **options)


def spent() -> dict[str, float]:
    return budget_module.spent(session.backend().journal)


def test_the_list_says_a_price(priced: Farm) -> None:
    """Else nothing here would be tested."""
    planned = session.plan(session.make_request("a boat", model="veo-3-1-fast", provider="infery"))
    assert planned.price == (100, "credits")


def test_what_would_go_over_is_refused_before_it_is_sent(priced: Farm) -> None:
    """The error tells price, rest and budget in one line; what fits goes."""
    budget(150)
    generate("hold one")
    with pytest.raises(
        RequestError, match="100 credits, and 50 credits of this session's budget of 150 are left"
    ) as no:
        generate("two")
    assert "Nothing was sent" in str(no.value)
    assert "\n" not in str(no.value)
    budget(200)
    generate("hold two")
    assert len(priced.posts) <= 2
    priced.release.set()
    assert all(job.wait(60) for job in vg.jobs())
    assert priced.prompts == ["hold one", "hold two"]


def test_reported_costs_take_the_place_of_prices(priced: Farm) -> None:
    """80 were charged where 100 were feared, so that two more fit into 260."""
    budget(260)
    generate("one").wait(60)
    assert spent() == {"credits": 80}
    generate("two").wait(60)
    generate("three").wait(60)
    assert spent() == {"credits": 240}
    with pytest.raises(RequestError, match="20 credits"):
        generate("four")


@pytest.mark.parametrize(("word", "counts"), [("refused", 0), ("fail", 0), ("lost", 100)])
def test_what_was_not_charged_does_not_count(priced: Farm, word: str, counts: float) -> None:
    """Refused and failed jobs cost nothing; of a lost answer nobody knows, so it counts."""
    budget(150)
    with pytest.raises(VideogenError):
        generate(word).wait(60)
    assert spent().get("credits", 0) == counts


def test_a_sweep_is_refused_whole(priced: Farm) -> None:
    """Three of four would fit, and not one is sent."""
    budget(350)
    with pytest.raises(RequestError, match="The sweep would cost 400 credits"):
        vg.sweep("a {pet}", model="veo-3-1-fast", provider="infery", pet=["cat", "dog", "owl", "hen"])
    assert priced.posts == []


def test_a_retry_is_a_purchase(priced: Farm) -> None:
    """Submitting again goes through the same gate."""
    budget(150)
    job = generate("lost")
    with pytest.raises(VideogenError):
        job.wait(60)
    with pytest.raises(RequestError, match="budget"):
        job.retry()
    assert len(priced.posts) == 1


def test_threads_share_one_budget(priced: Farm) -> None:
    """Of twelve at once, five fit."""
    budget(500)
    session.plan(session.make_request("a boat", model="veo-3-1-fast", provider="infery"))  # the list is there
    refused: list[str] = []
    start = threading.Barrier(12)

    def one(number: int) -> None:
        start.wait()
        try:
            generate(f"hold {number}")
        except RequestError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=one, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert spent() == {"credits": 500}
    priced.release.set()
    for job in vg.jobs():
        job.wait(60)
    assert len(priced.posts) == 5


def test_a_price_that_is_not_known_is_said(farm: Start) -> None:
    """It is sent, with one line that the budget can't be held."""
    farm()
    budget(10)
    job = generate("a boat")
    assert "does not say what veo-3-1-fast costs, so the budget can't be checked" in job.hint
    assert job.wait(60).path


def test_what_costs_nothing_needs_no_budget(home: Any) -> None:
    """The local provider runs on a budget of nothing."""
    budget(0)
    assert session.plan(session.make_request("a boat", provider="local")).hint == ""
    with pytest.raises(RequestError):
        vg.generate("a boat", provider="local", model="veo-3-1-fast", duration=-1)


def test_the_bill_in_a_notebook(shell: Shell, priced: Farm) -> None:
    """`%videogen cost` sums by day, provider and model, and tells what the session has left of its budget."""
    assert shell("%videogen cost") == "No provider has reported a cost yet.\n"
    shell("%config VideogenMagics.budget = 250")
    shell("%%videogen --model veo-3-1-fast --provider infery --wait\na boat")
    told = shell("%videogen cost")
    assert "infery    veo-3-1-fast  80 credits  1" in told
    assert "This session: 80 credits of a budget of 250" in told
    shell("%%videogen --model veo-3-1-fast --provider infery --wait\nanother")
    assert "160 credits" in shell("%videogen cost").splitlines()[-2]
    assert "budget of 250" in shell.refused("%%videogen --model veo-3-1-fast --provider infery\na third")
    assert len(priced.posts) == 2
