"""Read first frames from a URL, a data URI or base64, check them, and store them as plain PNG."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import ipaddress
import secrets
import socket
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from starlette.concurrency import run_in_threadpool

from videogen_nb.gateway.http.problem import Problem

MAX_BYTES = 20 * 1024 * 1024
_MAX_PIXELS = 50_000_000
_LONGEST_EDGE = 3840  # pixels; twice the largest width of a clip, so that a zoom stays sharp
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_FETCH_SECONDS = 20.0
_REDIRECTS = 3
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


class Images:
    """Reads and stores the pictures of one home.

    Args:
        folder: Where they are stored.
        private: Also fetch from loopback and private addresses. Otherwise only from public ones, so that a caller
            can't reach the gateway's own network through it.
    """

    def __init__(self, folder: Path, *, private: bool = False) -> None:
        self._folder = folder
        self._private = private
        self._turn = asyncio.Lock()

    async def store(self, source: str, param: str) -> str:
        """Read, check and store a picture.

        Args:
            source: An http(s) URL, a ``data:`` URI, or raw base64.
            param: The field that it came in, for the error message.

        Returns:
            Its file name in the folder.

        Raises:
            Problem: It cannot be read or fetched, or is not a supported picture.
        """
        scheme = source[:8].lower()
        try:
            if scheme.startswith(("http://", "https://")):
                async with asyncio.timeout(_FETCH_SECONDS):
                    data = await self._fetch(source)
            else:
                data = _decode(source)
            name = f"{secrets.token_hex(16)}.png"
            async with self._turn:  # one at a time: decoding a large one can take half a gigabyte
                await run_in_threadpool(_normalize, data, self._folder / name)
        except TimeoutError:
            raise Problem("image", "The server of the image URL did not respond in time.", param) from None
        except _UnusableError as error:
            raise Problem("image", str(error), param) from None
        return name

    async def _fetch(self, url: str) -> bytes:
        import httpx2  # imported only when a URL is to be fetched

        # No proxies from the environment: they would connect to addresses that have not been checked.
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False) as client:
            for _ in range(1 + _REDIRECTS):
                try:
                    target, host = await self._checked(url)
                    headers = {"host": host, "accept": "image/*", "accept-encoding": "identity"}
                    sni = {"sni_hostname": urlsplit(url).hostname}
                    async with client.stream("GET", target, headers=headers, extensions=sni) as response:
                        if response.has_redirect_location:
                            url = urljoin(url, response.headers["location"])
                            continue
                        if response.status_code != 200:
                            raise _UnusableError(f"The image URL returned status {response.status_code}.")
                        data = bytearray()
                        async for chunk in response.aiter_raw():  # not decompressed: a few bytes could become gigabytes
                            data += chunk
                            if len(data) > MAX_BYTES:
                                raise _UnusableError("The image is larger than 20 MB.")
                        return bytes(data)
                except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
                    raise _UnusableError("The image URL could not be fetched.") from None
        raise _UnusableError("The image URL redirects too often.")

    async def _checked(self, url: str) -> tuple[str, str]:
        """The URL with an allowed address in place of its host name, and the Host header for it."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _UnusableError("The image URL must be http or https.")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        results = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in results]
        if not self._private and not all(_public(address) for address in addresses):
            raise _UnusableError("The image URL must have a public address.")
        # Connect to the address that was checked: a second look-up could return another one.
        literal = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        target = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
        return target, parts.netloc.rpartition("@")[2]


class _UnusableError(Exception):
    """Why a picture can't be used, as a sentence."""


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        # Each of these forms contains an IPv4 address that a translator on the route would reach.
        nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        inner = address.ipv4_mapped or address.sixtofour or nat64
        if inner is not None:
            return _public(inner)
        # Other ranges include local translators and router addresses, of which `is_global` does not know all.
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _decode(source: str) -> bytes:
    if source[:5].lower() == "data:":
        head, comma, source = source.partition(",")
        if not comma or not head.lower().startswith("data:image/") or not head.lower().endswith(";base64"):
            raise _UnusableError("The image must be a base64 data URI of an image type.")
    if len(source) > MAX_BYTES * 4 // 3 + 4:
        raise _UnusableError("The image is larger than 20 MB.")
    try:
        return base64.b64decode("".join(source.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _UnusableError("The image must be an http(s) URL, a data URI, or valid base64.") from None


def _normalize(data: bytes, path: Path) -> None:
    """Write a picture as upright RGB PNG, at most 3840 pixels wide or high, without metadata."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise _UnusableError("The image has more than 50 million pixels.")
            small = image.convert("RGBA") if image.mode == "P" else image  # palette images cannot be resampled
            small.thumbnail((_LONGEST_EDGE, _LONGEST_EDGE))
            upright = ImageOps.exif_transpose(small).convert("RGBA")
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright, mask=upright)
            flat.save(path, format="PNG", compress_level=1)
    except _UnusableError:
        raise
    except Exception:  # Pillow raises almost any error for damaged files
        path.unlink(missing_ok=True)
        raise _UnusableError("The image cannot be read. PNG, JPEG, WebP and GIF are supported.") from None
