from __future__ import annotations

from pathlib import Path

import pytest

from videogen_nb import config
from videogen_nb.config import Endpoint, Settings, endpoint, find_key, home, normal_base_url, settings
from videogen_nb.errors import MissingKeyError, RequestError


def made(monkeypatch: pytest.MonkeyPatch, url: str = "https://e.org", key: str = "k" * 20) -> Endpoint:
    monkeypatch.setenv("E_URL", url)
    monkeypatch.setenv("E_KEY", key)
    return endpoint("e", base_url=None, base_url_env="E_URL", key_env="E_KEY", key_required=True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.infery.ai", "https://api.infery.ai"),
        ("https://api.infery.ai/", "https://api.infery.ai"),
        ("https://api.infery.ai/v1", "https://api.infery.ai"),
        (" https://api.infery.ai/v1// ", "https://api.infery.ai"),
        ("https://e.org/proxy/v1/", "https://e.org/proxy"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://[::1]:80/v1", "http://[::1]:80"),
    ],
)
def test_an_address_as_people_paste_it(given: str, kept: str) -> None:
    """With or without ``/v1`` and slashes it is one address."""
    assert normal_base_url(given, name="E_URL") == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "e.org",
        "ftp://e.org",
        "https://",
        "https://e.org?key=1",
        "https://e.org#x",
        "https://u:p@e.org",
        "https://e.org:99999",
        "https://[::1",
        "https://e x.org",
        "https://e.org/a b",
        "https://e.org/\x00",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    """The error names the variable it came from."""
    with pytest.raises(RequestError, match="E_URL"):
        normal_base_url(given, name="E_URL")


def test_a_key_is_not_sent_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only to this machine, or where the user says so."""
    with pytest.raises(RequestError, match="plain http"):
        made(monkeypatch, "http://e.org")
    assert made(monkeypatch, "http://127.0.0.1:1").base_url == "http://127.0.0.1:1"
    settings().allow_http = True
    assert made(monkeypatch, "http://e.org").base_url == "http://e.org"


@pytest.mark.parametrize("key", ["two words here", "kéy-kéy-kéy", "line\nbreak"])
def test_a_key_with_a_stray_character_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """It could only fail, or split a header; the message does not repeat it."""
    with pytest.raises(RequestError, match="E_KEY") as caught:
        made(monkeypatch, key=key)
    assert key not in str(caught.value)


def test_a_key_loses_the_blanks_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pasted line break is no part of it, and blanks alone are no key."""
    assert made(monkeypatch, key=" abc\n").key == "abc"
    with pytest.raises(MissingKeyError, match="E_KEY"):
        made(monkeypatch, key="  ")


def test_a_key_is_looked_for_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument, then the environment, then nowhere."""
    monkeypatch.setenv("E_KEY", "from-env")
    assert find_key("E_KEY") == "from-env"
    assert find_key("E_OTHER") is None
    assert find_key(None) is None


def test_an_endpoint_does_not_show_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in repr and not in str."""
    found = made(monkeypatch, key="topsecret-topsecret")
    assert "topsecret" not in f"{found!r}{found}"


def test_an_address_is_needed() -> None:
    """A provider without one of its own says which variable to set."""
    with pytest.raises(RequestError, match="E_URL"):
        endpoint("e", base_url=None, base_url_env="E_URL", key_env=None, key_required=False)


def test_settings_come_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was set in the session, then the variables, then plain defaults."""
    monkeypatch.delenv("VIDEOGEN_OUTPUT_DIR")
    now = Settings()
    assert (now.preferred_provider(), now.preferred_model(), now.output_folder()) == (None, None, tmp_path / "videogen")
    monkeypatch.setenv("VIDEOGEN_PROVIDER", "infery")
    monkeypatch.setenv("VIDEOGEN_MODEL", "m")
    monkeypatch.setenv("VIDEOGEN_OUTPUT_DIR", "clips")
    assert (now.preferred_provider(), now.preferred_model()) == ("infery", "m")
    assert now.output_folder() == tmp_path / "clips"
    now = Settings(provider="local", model="n", output_dir="~/x")
    assert (now.preferred_provider(), now.preferred_model()) == ("local", "n")
    assert now.output_folder() == Path.home() / "x"


def test_the_settings_in_force_can_be_given_back() -> None:
    """Unloading the extension returns to plain defaults."""
    mine = Settings(model="m")
    config.use(mine)
    assert settings() is mine
    config.use(None)
    assert settings().model is None


def test_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """VIDEOGEN_HOME, else the platform's folder for user data."""
    monkeypatch.setenv("VIDEOGEN_HOME", "here")
    assert home() == tmp_path / "here"
    monkeypatch.delenv("VIDEOGEN_HOME")
    assert home().name == "videogen-nb"
