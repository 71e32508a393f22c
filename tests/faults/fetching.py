"""Faults of the download: the clip is paid for, so it has to come home if it can be had at all."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.faults.fault import BOTH, EVERY, Fault
from tests.faults.raw import Step, Talk
from tests.faults.steps import bomb, done, head, hold, mp4, pour, raw, redirect, reset, say
from tests.faults.submitting import HTML, SHORT, error

__all__ = ["FAULTS"]

XML = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
SIGNED = "{storage}/files/a.mp4?X-Sig=hushhush"
OLD = done("{self}/files/old.mp4?X-Sig=hushhush")


def home(name: str, *file: Step, **more: Any) -> Fault:
    """The clip comes home."""
    return Fault(f"download: {name}", "succeeded", file=file, **more)


def lost(name: str, *file: Step, says: str, **more: Any) -> Fault:
    """No clip can be had."""
    says = rf"no clip could be downloaded: .*{says}.*%videogen resume"
    return Fault(f"download: {name}", "failed", says, "probably", file=file, content=file, **more)


def on(name: str, *file: Step, says: str = "The download was interrupted and is being resumed", **more: Any) -> Fault:
    """It may be the network, so it is tried for as long as it takes."""
    return Fault(f"download: {name}", "following", says, file=file, content=file, **more)


def expired(step: Step) -> Step:
    """Only the link that the first answer gave has expired."""

    async def look(talk: Talk) -> None:
        await (step if "old" in talk.seen.path else mp4())(talk)

    return look


async def _wrong_part(talk: Talk) -> None:
    """The first part breaks off; what is asked for then begins elsewhere, once."""
    clip = talk.site.facts["clip"]
    span = f"bytes 10-{len(clip) - 1}/{len(clip)}"
    await talk.write(head(206, content_range=span, content_length=len(clip) - 10) + clip[10:])


async def _whole_but_cut(talk: Talk) -> None:
    """All bytes, but not the end of the chunked body."""
    clip = talk.site.facts["clip"]
    await talk.write(head(transfer_encoding="chunked", etag='"1"') + b"%x\r\n%s\r\n" % (len(clip), clip))
    talk.keep = False


async def _no_length(talk: Talk) -> None:
    await raw(head(content_type="video/mp4", connection="close") + talk.site.facts["clip"])(talk)


async def _cut_without_length(talk: Talk) -> None:
    await raw(head(content_type="video/mp4", connection="close") + talk.site.facts["clip"][:9000])(talk)


async def _http10(talk: Talk) -> None:
    await raw(b"HTTP/1.0 200 OK\r\n\r\n" + talk.site.facts["clip"])(talk)


async def _longer(talk: Talk) -> None:
    clip = talk.site.facts["clip"]
    await raw(head(content_type="video/mp4", content_length=len(clip)) + clip + b"more" * 1000)(talk)


async def _gzipped(talk: Talk) -> None:
    await say(gzip.compress(talk.site.facts["clip"]), content_encoding="gzip", content_type="video/mp4")(talk)


async def _webm(talk: Talk) -> None:
    await mp4(talk.site.facts["webm"])(talk)


async def _other(talk: Talk) -> None:
    await mp4(talk.site.facts["other"], etag='"2"')(talk)


async def _keyless(talk: Talk) -> None:
    twice = say(b"<Error><Message>Only one auth mechanism allowed</Message></Error>", 400)
    await (twice if "authorization" in talk.seen.headers else mp4())(talk)


JSON = json.dumps(error("not ready")).encode()
BUSY = say(error("busy"), 503, retry_after=0)

FAULTS = (
    # -- broken off
    home("reset before the answer", reset, mp4(), wires=EVERY),
    home("reset in the middle", mp4(cut=30_000, then="reset"), mp4(), wires=EVERY),
    home("closed in the middle", mp4(cut=30_000, then="close"), mp4()),
    home("closed in the middle, no ranges", mp4(cut=30_000, then="close", ranges=False), mp4(ranges=False)),
    home("closed in the middle, many times", *(mp4(cut=9_000, then="close") for _ in range(12)), mp4()),
    home("closed every 20,000 bytes", mp4(cut=20_000, then="close")),
    home("silence in the middle", mp4(cut=30_000, then="hold"), mp4(), limits=SHORT),
    home("silence", hold, mp4(), limits=SHORT),
    home("closed after the last byte, end missing", _whole_but_cut, mp4()),
    home("part that begins elsewhere, once", mp4(cut=30_000, then="close"), _wrong_part, mp4()),
    home("clip that changed in between", mp4(cut=30_000, then="close"), _other, clip="other"),
    on("reset without end", reset),
    on("reset at the same byte without end", mp4(cut=30_000, then="reset", ranges=False)),
    on("a port where nobody listens", status=(done("http://127.0.0.1:9/a.mp4"),)),
    # -- lengths
    home("longer than its length", _longer),
    home("without a length, ended by closing", _no_length),
    home("HTTP/1.0", _http10),
    home("without a length, cut once", _cut_without_length, mp4()),
    lost("without a length, always cut", _cut_without_length, says="only a part"),
    lost("zero bytes", say(b"", content_type="video/mp4"), says="not an MP4"),
    lost("first three bytes", say(b"\0\0\0", content_type="video/mp4"), says="not an MP4"),
    lost("of 5 GiB", mp4(content_length=5 * 2**30, cut=1000, then="close"), says="(large|GiB|GB|big)"),
    lost(
        "that does not end",
        pour(head(), b"\0\0\0\x20ftypisom" + b"\0" * 2**20, 64),
        says="(large|GiB|GB|big)",
        limits={"backend.stream_clip.MAX_CLIP": 2**24},
    ),
    # -- something else
    lost(
        "JSON called mp4",
        say(JSON, content_type="video/mp4"),
        says="The link returned an error instead of the clip: not ready",
    ),
    home("JSON called mp4, once", say(JSON, content_type="video/mp4"), mp4()),
    lost("HTML called mp4", say(HTML, content_type="video/mp4"), says="which is not a video"),
    lost("HTML", say(HTML), says="which is not a video"),
    lost("gzip bomb", bomb(), says="which is not a video"),
    lost("head of an mp4, then noise", say(b"\0\0\0\x20ftypisom" + b"\xaa" * 9000, content_type="video/mp4"), says="."),
    lost("204", say(None, 204, content_length=None), says="answers 204"),
    home("clip called HTML", mp4(kind="text/html")),
    home("gzipped", _gzipped),
    home("webm", _webm, clip="webm"),
    home("data address", status=(say(lambda talk: talk.site.facts["inline"](talk.site.facts["wire"])),)),
    Fault(
        "download: broken data address",
        "failed",
        r"no clip could be downloaded: .*%videogen resume",
        "probably",
        status=(done("data:video/mp4;base64,AAAA"),),
    ),
    home(
        "names that climb",
        mp4(content_disposition='attachment; filename="../../../evil.mp4"'),
        status=(done("/files/..%2f..%2fevil.mp4?x=/../../e"),),
    ),
    Fault("download: another length than asked", "succeeded", "asked for 4 s, got 1 s", asks={"duration": 4.0}),
    Fault(
        "download: another size than asked",
        "succeeded",
        "asked for 1280x720, got 128x128",
        asks={"resolution": "720p", "aspect_ratio": "16:9"},
    ),
    # -- links
    home(
        "link that has expired (403 XML)", expired(say(XML, 403, content_type="application/xml")), status=(OLD, done())
    ),
    home("link that has expired (404)", expired(say(XML, 404)), status=(OLD, done()), wires=EVERY),
    home("link that has expired (410)", expired(say(XML, 410)), status=(OLD, done())),
    lost("403 XML for good", say(XML, 403, content_type="application/xml"), says="answers 403", wires=EVERY),
    lost("404 for good", say(XML, 404), says="answers 404"),
    lost("410 for good", say(XML, 410), says="answers 410"),
    lost("401 for good", say(XML, 401), says="answers 401"),
    home(
        "clip at the gateway, where the link is dead",
        say(XML, 404),
        content=(mp4(),),
        wires=("infinityblue", "openai_videos"),
    ),
    home("409 until it is ready", say(JSON, 409), say(JSON, 409), mp4()),
    home("503 for a while", BUSY, BUSY, BUSY, BUSY, BUSY, mp4()),
    home("429 for a while", say(None, 429, retry_after=0), say(None, 429), mp4()),
    lost("503 for good", BUSY, says="answers 503"),
    # -- redirects
    home("redirect to storage that takes no key", redirect(SIGNED), storage=(mp4(),), wires=EVERY),
    home("link to storage that takes no key", status=(done(SIGNED),), storage=(mp4(),), wires=EVERY),
    *(home(f"{status} to storage", redirect(SIGNED, status), storage=(mp4(),)) for status in (301, 303, 307, 308)),
    home("own link that refuses the key", _keyless, status=(done("/files/a.mp4?X-Sig=hushhush"),)),
    lost("redirects in a circle", redirect("{self}/files/a.mp4"), says="redirects"),
    lost("redirect to a file", redirect("file:///etc/passwd"), says="(http or https|file)"),
    lost("redirect to the metadata address", redirect("http://169.254.169.254/latest/meta-data/"), says="169.254"),
    lost("redirect without a place", raw(head(302, content_length=0)), says="answers 302"),
    lost("redirect to nonsense", redirect("http://[::1"), says="."),
    Fault(
        "download: link to the metadata address",
        "failed",
        r"no clip could be downloaded: .*%videogen resume",
        "probably",
        status=(done("http://169.254.169.254/latest/meta-data/"),),
        wires=BOTH,
    ),
)
