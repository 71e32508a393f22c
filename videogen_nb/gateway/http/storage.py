"""The files of a home, and signed, expiring links to them, served with byte ranges like those of a storage bucket."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from videogen_nb.gateway.http.openapi import CLIP, ID, RANGED, Item
from videogen_nb.gateway.jobs.plan import RenderPlan

PATH = "/media/{name}"

_XML: Item = {"content": {"application/xml": {}}}
DESCRIPTION: Item = {
    "operationId": "media",
    "summary": "A clip by its signed link, which is in the job. It needs no key, and only GET is signed.",
    "parameters": [
        {"name": "name", "in": "path", "required": True, "schema": ID},
        {"name": "expires", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "signature", "in": "query", "required": True, "schema": {"type": "string"}},
        *RANGED,
    ],
    "responses": {
        **{str(status): response for status, response in CLIP.items()},
        "400": {
            "description": "A key was sent, or the range cannot be parsed.",
            "content": {**CLIP[400]["content"], **_XML["content"]},
        },
        "403": {"description": "The link has expired, or its signature is wrong.", **_XML},
        "404": {"description": "The clip has been deleted.", **_XML},
    },
    "security": [],
}


class Storage:
    """The folders of one home, created if missing.

    Args:
        home: Folder of ``media`` (finished clips), ``inputs`` (first frames), ``attempts`` (clips that are being
            rendered) and ``secret``, the signing key, readable by its owner only.
        link_seconds: How long a signed link is valid.
    """

    def __init__(self, home: Path, link_seconds: float) -> None:
        self.media = home / "media"
        self.inputs = home / "inputs"
        self._attempts = home / "attempts"
        for folder in (self.media, self.inputs, self._attempts):
            folder.mkdir(parents=True, exist_ok=True)
        self._secret = _secret(home / "secret")
        self._link_seconds = link_seconds

    # -- files --------------------------------------------------------------------------------------------------

    def clip(self, job_id: str, part: int) -> Path:
        """The file of output `part` of a job, once it is rendered."""
        return self.media / f"{job_id}-{part}.mp4"

    def attempt(self, token: str) -> Path:
        """The file that the holder of a claim renders to, in a folder of its own that can be removed as a whole."""
        folder = self._attempts / token
        folder.mkdir(exist_ok=True)
        return folder / "clip.mp4"

    def publish(self, token: str, job_id: str, part: int) -> None:
        """Move the clip of a claim to its final path."""
        os.replace(self.attempt(token), self.clip(job_id, part))

    def discard(self, token: str) -> None:
        """Remove what the holder of a claim has rendered."""
        shutil.rmtree(self._attempts / token, ignore_errors=True)

    def forget(self, job_id: str, plan: RenderPlan) -> None:
        """Remove a job's files."""
        for part in range(plan.n):
            self.clip(job_id, part).unlink(missing_ok=True)
        if plan.image:
            (self.inputs / plan.image).unlink(missing_ok=True)

    def sweep(self, before: float) -> None:
        """Remove files that a crash left behind and that have not changed since `before` (seconds since 1970)."""
        for path in (*self.media.iterdir(), *self.inputs.iterdir(), *self._attempts.iterdir()):
            with suppress(FileNotFoundError):  # another process was faster
                if path.stat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    # -- links --------------------------------------------------------------------------------------------------

    def link(self, job_id: str, part: int) -> str:
        """A signed path, valid for GET without a key."""
        path = f"/media/{self.clip(job_id, part).name}"
        expires = int(time.time() + self._link_seconds)
        return f"{path}?{urlencode({'expires': expires, 'signature': self._sign('GET', path, expires)})}"

    def _sign(self, method: str, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{method}\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request for a signed link."""
        await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        """The clip, or an error in XML like those of storage services."""
        if request.method not in ("GET", "HEAD"):
            response = _xml(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            response.headers["allow"] = "GET, HEAD"
            return response
        if "authorization" in request.headers:
            # Storage services reject this, so a client that sends its key along should notice here too.
            return _xml(400, "InvalidArgument", "Only one auth mechanism allowed")
        name = request.path_params["name"]
        try:
            expires = int(request.query_params["expires"])
            signature = request.query_params["signature"].encode()
        except (KeyError, ValueError):
            return _xml(403, "AccessDenied", "Access denied.")
        # The method is signed as well, so HEAD on a link for GET is 403.
        expected = self._sign(request.method, f"/media/{name}", expires)
        if not hmac.compare_digest(signature, expected.encode()):
            return _xml(403, "SignatureDoesNotMatch", "Access denied.")
        if time.time() >= expires:
            return _xml(403, "ExpiredToken", "The provided token has expired.")
        path = self.media / name
        if not path.is_file():
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        return clip_response(path)


def clip_response(path: Path) -> FileResponse:
    """The response with a finished clip, with byte ranges and an ETag, for private caches only."""
    return FileResponse(
        path, media_type="video/mp4", headers={"cache-control": "private, max-age=0"}, stat_result=path.stat()
    )


def _secret(path: Path) -> bytes:
    """The signing key, created if missing; of several processes that create it, the first one's is used."""
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was first, and its file is complete
            os.link(draft, path)
        os.unlink(draft)
    return path.read_bytes()


def _xml(status: int, code: str, message: str) -> Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, media_type="application/xml")
