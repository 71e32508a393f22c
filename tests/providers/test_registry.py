from __future__ import annotations

import pytest

from videogen_nb.errors import RequestError
from videogen_nb.providers import base, wire
from videogen_nb.providers.registry import provider, providers


def test_built_in_providers_come_first_and_the_preview_last() -> None:
    """The order in which a provider is chosen where none is named."""
    names = providers()
    assert names[:3] == ("infery", "infinityblue", "openai_videos")
    assert names[-1] == "local"
    assert all(provider(name).name == name for name in names)


def test_a_provider_is_made_once() -> None:
    """All callers share one object, since providers have no state."""
    assert provider("infery") is provider("infery")


def test_an_unknown_provider_is_refused_with_the_known_names() -> None:
    """The message lists what is installed; nothing is sent."""
    with pytest.raises(RequestError, match=r"Unknown provider 'inferi'.*infery.*Nothing was sent") as raised:
        provider("inferi")
    assert raised.value.option == "provider"


def test_plugins_import_everything_from_one_module() -> None:
    """`videogen_nb.providers.base` offers each wire type, whose home may change."""
    assert {*base.__all__} == {*wire.__all__, "Provider"}
    assert all(getattr(base, name) is getattr(wire, name) for name in wire.__all__)
