"""Settings, keys and endpoints. Nothing is read at import, so that importing the package has no side effects."""

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

from videogen_nb.errors import MissingKeyError, RequestError

__all__ = ["Endpoint", "Origin", "Secret", "Settings", "find_key", "origin", "settings", "use"]

KEYRING_SERVICE = "videogen-nb"


class Settings(Configurable):
    """Defaults of a session, set with ``%config VideogenMagics.<name> = …``, in ``ipython_config.py``, or by
    environment variable; the options of a cell override them."""

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
        help="Refuse a request that would take the known prices of this session's jobs above this, in each unit.",
    ).tag(config=True)
    max_jobs = traitlets.Int(12, min=0, help="Ask before a sweep submits more jobs than this.").tag(config=True)
    auto_resume = traitlets.Bool(
        True, help="On %load_ext, resume this folder's jobs that an ended kernel left unfinished."
    ).tag(config=True)
    embed_limit = traitlets.Int(
        10_000_000, min=0, help="Largest clip, in bytes, to embed in the notebook where no file server can serve it."
    ).tag(config=True)
    allow_http = traitlets.Bool(
        False, help="Send keys over plain http to other machines. Anyone on the network path can then read them."
    ).tag(config=True)

    def preferred_provider(self) -> str | None:
        return self.provider or os.environ.get("VIDEOGEN_PROVIDER") or None

    def preferred_model(self) -> str | None:
        return self.model or os.environ.get("VIDEOGEN_MODEL") or None

    def output_folder(self) -> Path:
        """Absolute path of the folder for clips, which may not exist yet."""
        return Path(self.output_dir or os.environ.get("VIDEOGEN_OUTPUT_DIR") or "videogen").expanduser().absolute()


class Origin(NamedTuple):
    """Where a job was requested, so that a reloaded notebook can find the jobs of its cells.

    Attributes:
        notebook: Absolute path of the notebook; None outside a notebook.
        cell: Id of the cell; None if no cell was running.
        execution: Id of that execution of the cell.
    """

    notebook: str | None = None
    cell: str | None = None
    execution: str | None = None


_current: Settings | None = None
_origin: Callable[[], Origin] = Origin


def settings() -> Settings:
    """The current settings: those of the loaded extension, else the defaults."""
    global _current
    if _current is None:
        _current = Settings()
    return _current


def use(new: Settings | None, origin: Callable[[], Origin] = Origin) -> None:
    """Make `new` the current settings; None restores the defaults.

    Args:
        new: The settings.
        origin: Returns where the calling thread requests a job.
    """
    global _current, _origin
    _current, _origin = new, origin


def origin() -> Origin:
    """Where a job that this thread requests comes from."""
    return _origin()


def home() -> Path:
    """Folder of the journal and the local gateway: VIDEOGEN_HOME, else the platform's user data folder."""
    if folder := os.environ.get("VIDEOGEN_HOME"):
        return Path(folder).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("videogen-nb", appauthor=False))


class Secret(str):
    """A key that is masked in its repr and can't be pickled, so that it gets into no output and no file."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A key can't be pickled: it must not be written to files.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A provider's address, and the key that is sent to this origin and no other.

    Attributes:
        base_url: Origin and prefix, without ``/v1`` and without a trailing slash.
        key: The key; None if there is none.
    """

    base_url: str
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.key is not None:
            object.__setattr__(self, "key", Secret(self.key))


def find_key(env_var: str | None) -> Secret | None:
    """The key from the environment, else from the system keyring; None if neither has it."""
    if not env_var:
        return None
    key = Secret(os.environ.get(env_var, "").strip()) or _from_keyring(env_var)
    return Secret(key) if key else None


@functools.cache
def _from_keyring(name: str) -> Secret | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring

    try:
        key = keyring.get_password(KEYRING_SERVICE, name)
        return Secret(key) if key else None
    except Exception:  # a keyring that is locked or has no backend counts as none
        return None


def endpoint(
    provider: str, *, base_url: str | None, base_url_env: str | None, key_env: str | None, key_required: bool
) -> Endpoint:
    """The address and key of a provider, from its defaults and the environment.

    Raises:
        MissingKeyError: It needs a key, and none is set.
        RequestError: The address is missing, invalid, or plain http to another machine.
    """
    address = (os.environ.get(base_url_env, "").strip() if base_url_env else "") or base_url
    if not address:
        raise RequestError(f"{provider} needs an address: set {base_url_env}. Nothing was sent.")
    from videogen_nb.core.hosts import is_loopback  # here, since `%load_ext` imports this module and needs no address

    address = normal_base_url(address, name=base_url_env or provider)
    key = find_key(key_env)
    if key is None and key_required:
        raise MissingKeyError(provider, key_env or "")
    if key and any(ord(char) < 33 or ord(char) > 126 for char in key):
        raise RequestError(f"The key in {key_env} contains a space or another invalid character. Nothing was sent.")
    parts = urlsplit(address)
    if key and parts.scheme == "http" and not is_loopback(parts.hostname or "") and not settings().allow_http:
        raise RequestError(
            f"{address} is plain http, so anyone on the network path could read the key. Nothing was sent. "
            f"Use https, or set `%config VideogenMagics.allow_http = True`."
        )
    return Endpoint(address, key)


def normal_base_url(url: str, *, name: str) -> str:
    """A base URL as people paste it, without ``/v1`` and without a trailing slash.

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
        raise RequestError(f"{name} must be a URL like https://host, without query or password. Nothing was sent.")
    return url
