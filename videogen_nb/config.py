"""Defaults, and where keys and addresses are looked for. Nothing is read before it is asked for."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn, SupportsIndex
from urllib.parse import urlsplit

import traitlets
from traitlets.config import Configurable

from videogen_nb.core.hosts import is_loopback
from videogen_nb.errors import MissingKeyError, RequestError

__all__ = ["Endpoint", "Origin", "Secret", "Settings", "find_key", "origin", "settings", "use"]

KEYRING_SERVICE = "videogen-nb"


class Settings(Configurable):
    """Defaults of a session, settable with ``%config VideogenMagics.<name> = …``, in
    ``ipython_config.py``, or by environment variable; what a cell says goes first."""

    provider = traitlets.Unicode(
        None, allow_none=True, help="Provider used where none is named. Environment: VIDEOGEN_PROVIDER."
    ).tag(config=True)
    model = traitlets.Unicode(
        None, allow_none=True, help="Model used where none is named. Environment: VIDEOGEN_MODEL."
    ).tag(config=True)
    output_dir = traitlets.Unicode(
        None,
        allow_none=True,
        help="Folder for clips, relative to the working directory. Environment: VIDEOGEN_OUTPUT_DIR. Default: videogen",
    ).tag(config=True)
    max_cost = traitlets.Float(
        None, allow_none=True, help="Refuse a request whose known price is above this, in the provider's unit."
    ).tag(config=True)
    budget = traitlets.Float(
        None,
        allow_none=True,
        help="Refuse what would take the known prices of this session's jobs above this, in each provider's unit.",
    ).tag(config=True)
    max_jobs = traitlets.Int(12, min=0, help="Ask before a sweep submits more jobs than this.").tag(config=True)
    auto_resume = traitlets.Bool(
        True, help="On %load_ext, go on with this folder's jobs that a dead kernel left behind."
    ).tag(config=True)
    embed_limit = traitlets.Int(
        10_000_000, min=0, help="Largest clip, in bytes, put into the notebook where no file server reaches it."
    ).tag(config=True)
    allow_http = traitlets.Bool(
        False, help="Send keys over plain http to hosts other than this machine. Keys can then be read on the way."
    ).tag(config=True)

    def preferred_provider(self) -> str | None:
        return self.provider or os.environ.get("VIDEOGEN_PROVIDER") or None

    def preferred_model(self) -> str | None:
        return self.model or os.environ.get("VIDEOGEN_MODEL") or None

    def output_folder(self) -> Path:
        """Absolute path of the folder for clips; not made yet."""
        return Path(self.output_dir or os.environ.get("VIDEOGEN_OUTPUT_DIR") or "videogen").expanduser().absolute()


class Origin(NamedTuple):
    """Where a job was asked for, so that it can be found again from there.

    Attributes:
        notebook: Absolute path of the notebook; None outside of one.
        cell: Id of its cell; None where no cell was running.
        execution: Id of that run of the cell.
    """

    notebook: str | None = None
    cell: str | None = None
    execution: str | None = None


_current: Settings | None = None
_origin: Callable[[], Origin] = Origin


def settings() -> Settings:
    """The settings in force: those of the loaded extension, else plain defaults."""
    global _current
    if _current is None:
        _current = Settings()
    return _current


def use(new: Settings | None, origin: Callable[[], Origin] = Origin) -> None:
    """Make `new` the settings in force, and `origin` what tells where jobs are asked for.

    None goes back to plain defaults.
    """
    global _current, _origin
    _current, _origin = new, origin


def origin() -> Origin:
    """Where what is running on this thread would ask for a job."""
    return _origin()


def home() -> Path:
    """Folder of the journal and the local gateway: VIDEOGEN_HOME, else the platform's user data folder."""
    if given := os.environ.get("VIDEOGEN_HOME"):
        return Path(given).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("videogen-nb", appauthor=False))


class Secret(str):
    """A key: the text itself to those who send it, dots to those who show it, and nothing that can be pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A key is not written to files.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is and the key for it; the key belongs to this origin and no other.

    Attributes:
        base_url: Origin and prefix, without ``/v1`` and without a slash at the end.
        key: The key, never shown.
    """

    base_url: str
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.key is not None:
            object.__setattr__(self, "key", Secret(self.key))


def find_key(env_var: str | None) -> Secret | None:
    """The key: from the environment, else from the system keyring; None if nowhere."""
    if not env_var:
        return None
    found = Secret(os.environ.get(env_var, "").strip()) or _from_keyring(env_var)
    return Secret(found) if found else None


@functools.cache
def _from_keyring(name: str) -> Secret | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring

    try:
        found = keyring.get_password(KEYRING_SERVICE, name)
        return Secret(found) if found else None
    except Exception:  # a keyring that is locked or has no backend is the same as none
        return None


def endpoint(
    provider: str, *, base_url: str | None, base_url_env: str | None, key_env: str | None, key_required: bool
) -> Endpoint:
    """The address and key of a provider, from its defaults and the environment.

    Raises:
        MissingKeyError: It needs a key and there is none.
        RequestError: The address is missing, malformed, or plain http to another machine.
    """
    address = (os.environ.get(base_url_env, "").strip() if base_url_env else "") or base_url
    if not address:
        raise RequestError(f"{provider} needs an address: set {base_url_env}. Nothing was sent.")
    address = normal_base_url(address, name=base_url_env or provider)
    key = find_key(key_env)
    if key is None and key_required:
        raise MissingKeyError(provider, key_env or "")
    if key and any(ord(each) < 33 or ord(each) > 126 for each in key):
        raise RequestError(f"The key in {key_env} holds a space or a character no key has. Nothing was sent.")
    parts = urlsplit(address)
    if key and parts.scheme == "http" and not is_loopback(parts.hostname or "") and not settings().allow_http:
        raise RequestError(
            f"{address} is plain http, where anyone on the way can read the key. Use https, or "
            f"`%config VideogenMagics.allow_http = True`. Nothing was sent."
        )
    return Endpoint(address, key)


def normal_base_url(url: str, *, name: str) -> str:
    """A base URL as people paste it, without ``/v1`` and without a slash at the end.

    >>> normal_base_url("https://api.infery.ai/v1/", name="INFERY_BASE_URL")
    'https://api.infery.ai'
    """
    url = url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[^!-~]", url):
        raise RequestError(f"{name} must be an address like https://host, without query or password. Nothing was sent.")
    return url
