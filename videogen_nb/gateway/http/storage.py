"""Files of a home, and the links to them: signed, expiring, served with ranges, as a storage bucket does."""

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
    "summary": "A clip by its signed link, which stands in the job; it takes no key, and only GET is signed.",
    "parameters": [
        {"name": "name", "in": "path", "required": True, "schema": ID},
        {"name": "expires", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "signature", "in": "query", "required": True, "schema": {"type": "string"}},
        *RANGED,
    ],
    "responses": {
        **{str(status): response for status, response in CLIP.items()},
        "400": {
            "description": "A key was sent along, or the range cannot be read.",
            "content": {**CLIP[400]["content"], **_XML["content"]},
        },
        "403": {"description": "The link has expired, or is not ours.", **_XML},
        "404": {"description": "The clip is no longer kept.", **_XML},
    },
    "security": [],
}


class Storage:
    """The folders of one home, made when missing.

    Args:
        home: Folder that keeps ``media`` (finished clips), ``inputs`` (first frames), ``attempts`` (clips that are
            being rendered) and ``secret``, the key of the signatures, readable by its owner only.
        link_seconds: How long a signed link is good for.
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
        """Where output `part` of a job is, once it is done."""
        return self.media / f"{job_id}-{part}.mp4"

    def attempt(self, token: str) -> Path:
        """Where the holder of a claim renders to: a folder of its own, so that whatever it leaves can go."""
        folder = self._attempts / token
        folder.mkdir(exist_ok=True)
        return folder / "clip.mp4"

    def publish(self, token: str, job_id: str, part: int) -> None:
        os.replace(self.attempt(token), self.clip(job_id, part))

    def discard(self, token: str) -> None:
        shutil.rmtree(self._attempts / token, ignore_errors=True)

    def forget(self, job_id: str, plan: RenderPlan) -> None:
        """Remove a job's files."""
        for part in range(plan.n):
            self.clip(job_id, part).unlink(missing_ok=True)
        if plan.image:
            (self.inputs / plan.image).unlink(missing_ok=True)

    def sweep(self, before: float) -> None:
        """Remove what a crash left behind, if nobody touched it since `before` (unix seconds)."""
        for path in (*self.media.iterdir(), *self.inputs.iterdir(), *self._attempts.iterdir()):
            with suppress(FileNotFoundError):  # another process was first
                if path.stat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    # -- links --------------------------------------------------------------------------------------------------

    def link(self, job_id: str, part: int) -> str:
        """A path with its signature, good for GET without any key."""
        path = f"/media/{self.clip(job_id, part).name}"
        expires = int(time.time() + self._link_seconds)
        return f"{path}?{urlencode({'expires': expires, 'signature': self._sign('GET', path, expires)})}"

    def _sign(self, method: str, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{method}\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a signed link."""
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        """The clip, or a refusal in XML, as storage services send them."""
        if request.method not in ("GET", "HEAD"):
            refused = _xml(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            refused.headers["allow"] = "GET, HEAD"
            return refused
        if "authorization" in request.headers:
            # Real storages refuse this, and a client that sends its key along should find out here.
            return _xml(400, "InvalidArgument", "Only one auth mechanism allowed")
        name = request.path_params["name"]
        try:
            expires = int(request.query_params["expires"])
            signature = request.query_params["signature"].encode()
        except (KeyError, ValueError):
            return _xml(403, "AccessDenied", "Access denied.")
        # The signature is over the method too: a link for GET answers 403 to HEAD.
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
    """A finished clip: ranges, ETag, and never in a shared cache."""
    return FileResponse(
        path, media_type="video/mp4", headers={"cache-control": "private, max-age=0"}, stat_result=path.stat()
    )


def _secret(path: Path) -> bytes:
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was first; its secret is whole, as ours is
            os.link(draft, path)
        os.unlink(draft)
    return path.read_bytes()


def _xml(status: int, code: str, message: str) -> Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, media_type="application/xml")
