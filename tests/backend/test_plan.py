from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from videogen_nb import config
from videogen_nb.backend.plan import Plan, choose
from videogen_nb.config import Endpoint, Settings
from videogen_nb.core.job import Cost
from videogen_nb.core.model_spec import ModelSpec, Price
from videogen_nb.core.request import VideoRequest
from videogen_nb.errors import MissingKeyError, RequestError, UnknownModelError, UnsupportedOptionError
from videogen_nb.providers.base import Provider

KEY = "inf_0123456789abcdefghijklmnop"


def nothing(_: Provider, __: Endpoint) -> Sequence[ModelSpec]:
    return ()


def chosen(
    listed: Callable[[Provider, Endpoint], Sequence[ModelSpec]] = nothing,
    *,
    max_cost: float | None = None,
    **options: Any,
) -> Plan:
    return choose(VideoRequest("x", **options), listed, max_cost=max_cost)


@pytest.fixture
def infery_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFERY_API_KEY", KEY)


@pytest.fixture
def blue_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFINITYBLUE_API_KEY", "sk-" + "a" * 48)


def test_no_key_is_a_local_preview() -> None:
    """Of any model, with one line that says so and which key would make it real."""
    plan = chosen(model="veo-3-1-fast")
    assert (plan.provider.name, plan.spec.id) == ("local", "veo-3-1-fast")
    assert "Local preview" in plan.hint
    assert "INFERY_API_KEY" in plan.hint
    assert "\n" not in plan.hint
    plain = chosen()
    assert plain.provider.name == "local"
    assert "INFERY_API_KEY" in plain.hint
    assert "INFINITYBLUE_API_KEY" in plain.hint


def test_a_hint_names_only_keys_that_help() -> None:
    """Those of providers that know the model."""
    hint = chosen(model="grok-video").hint
    assert "INFERY_API_KEY" in hint
    assert "INFINITYBLUE_API_KEY" not in hint


def test_a_key_that_knows_the_model(infery_key: None) -> None:
    """Is used, without a hint."""
    plan = chosen(model="veo-3-1-fast")
    assert (plan.provider.name, plan.hint, plan.endpoint.key) == ("infery", "", KEY)
    assert chosen().provider.name == "infery"
    assert chosen(model="Veo 3.1 Fast").spec.id == "veo-3-1-fast"


def test_the_key_that_knows_the_model_among_several(infery_key: None, blue_key: None) -> None:
    """Not the first key, the fitting one."""
    assert chosen(model="veo-3-1-fast").provider.name == "infery"
    assert chosen(model="kling-v2-5-turbo").provider.name == "infinityblue"


def test_a_model_of_the_list_only(infery_key: None) -> None:
    """A gateway offers new models before this package knows them."""

    def listed(provider: Provider, _: Endpoint) -> Sequence[ModelSpec]:
        return [ModelSpec("brand-new-9", "infery")] if provider.name == "infery" else ()

    assert chosen(listed, model="brand-new-9").provider.name == "infery"


def test_a_model_that_only_others_have(infery_key: None) -> None:
    """Is previewed, naming the key that would make it real."""
    plan = chosen(model="kling-v2-5-turbo")
    assert plan.provider.name == "local"
    assert "INFINITYBLUE_API_KEY" in plan.hint


@pytest.mark.parametrize("name", ["veo-3-1-fats", "veo-3-1-fas", "wan-2-l"])
def test_a_slip_of_the_finger_is_no_new_model(name: str) -> None:
    """Also without any key: a preview of a misspelt model would mislead."""
    with pytest.raises(UnknownModelError) as caught:
        chosen(model=name)
    assert caught.value.name == name
    assert caught.value.close_matches
    assert "--provider local" in str(caught.value)


def test_an_unknown_model(infery_key: None) -> None:
    """Without a key it may well exist somewhere; with one nobody has it, and that is said."""
    with pytest.raises(UnknownModelError):
        chosen(model="my-own-thing-7")
    assert chosen(model="my-own-thing-7", provider="local").provider.name == "local"


def test_an_unknown_model_without_a_key_is_previewed() -> None:
    """Any name works on a fresh machine."""
    assert chosen(model="my-own-thing-7").spec.id == "my-own-thing-7"


def test_a_named_provider_is_used(infery_key: None, blue_key: None) -> None:
    """Whatever else has a key; and its unknown models are errors that offer its own."""
    assert chosen(provider="local", model="veo-3-1-fast").hint == ""
    assert chosen(provider="infinityblue").provider.name == "infinityblue"
    with pytest.raises(UnknownModelError) as caught:
        chosen(provider="infery", model="kling-v2-5-turbo")
    assert "kling-v2-5-turbo" not in caught.value.close_matches


def test_a_named_provider_needs_its_key() -> None:
    """No silent preview in its place."""
    with pytest.raises(MissingKeyError) as caught:
        chosen(provider="infery")
    assert (caught.value.provider, caught.value.env_var) == ("infery", "INFERY_API_KEY")


def test_a_provider_that_is_not_there() -> None:
    """The error names those that are."""
    with pytest.raises(RequestError, match=r"infery.*local"):
        chosen(provider="runway")


def test_the_environment_and_the_settings_choose(infery_key: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell first, then the session's settings, then the variables."""
    monkeypatch.setenv("VIDEOGEN_PROVIDER", "local")
    monkeypatch.setenv("VIDEOGEN_MODEL", "veo-3-1")
    plan = chosen()
    assert (plan.provider.name, plan.spec.id) == ("local", "veo-3-1")
    config.use(Settings(provider="infery", model="grok-video"))
    plan = chosen()
    assert (plan.provider.name, plan.spec.id) == ("infery", "grok-video")
    plan = chosen(provider="local", model="wan-2-1")
    assert (plan.provider.name, plan.spec.id) == ("local", "wan-2-1")


def test_an_address_that_is_wrong_is_no_reason_for_a_preview(infery_key: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is there: its user means the real thing."""
    monkeypatch.setenv("INFERY_BASE_URL", "http://e.org")
    with pytest.raises(RequestError, match="plain http"):
        chosen()
    assert chosen(provider="local").provider.name == "local"


def test_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address alone is enough where no key is needed."""
    monkeypatch.setenv("OPENAI_VIDEOS_BASE_URL", "http://gpu.lan:8000/v1/")
    plan = chosen(model="Wan-AI/Wan2.2")
    assert (plan.provider.name, plan.endpoint) == ("openai_videos", Endpoint("http://gpu.lan:8000"))
    assert chosen().provider.name == "openai_videos"


def test_what_the_choice_can_not_do_is_refused(infery_key: None) -> None:
    """Before anything is sent."""
    with pytest.raises(UnsupportedOptionError) as caught:
        chosen(provider="infery", model="veo-3-1-fast", duration=60)
    assert caught.value.option == "duration"
    with pytest.raises(UnsupportedOptionError):
        chosen(provider="infery", seed=7)


def priced(amount: float) -> Callable[[Provider, Endpoint], Sequence[ModelSpec]]:
    def listed(provider: Provider, _: Endpoint) -> Sequence[ModelSpec]:
        return (
            [ModelSpec("veo-3-1-fast", "infery", price=Price(amount, "credits"))] if provider.name == "infery" else ()
        )

    return listed


def test_max_cost(infery_key: None) -> None:
    """A known price above it is refused; an unknown one is not, and says so; a preview costs nothing."""
    assert chosen(priced(80), max_cost=80).price == Cost(80, "credits")
    with pytest.raises(RequestError, match="80 credits, above the 79"):
        chosen(priced(80), max_cost=79)
    config.use(Settings(max_cost=10.0))
    with pytest.raises(RequestError, match="above the 10"):
        chosen(priced(80))
    assert chosen(priced(80), max_cost=100).price
    assert "can't be checked" in chosen(max_cost=5).hint
    assert "can't be checked" not in chosen(provider="local", max_cost=0).hint
