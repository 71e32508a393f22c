"""Faults of the answers to the question how a job stands: it was taken, so it must never be lost or bought again."""

from __future__ import annotations

from typing import Any

from tests.faults.fault import EVERY, Fault
from tests.faults.raw import Step
from tests.faults.steps import accept, bomb, broken, done, drip, going, head, hold, mp4, pour, raw, redirect, reset, say
from tests.faults.submitting import HTML, OK, SHORT, error

__all__ = ["FAULTS"]

DAY: dict[str, float] = {"backend.follow.FOLLOW_LIMIT": 0.4}
STALE: dict[str, float] = {"backend.follow.GRACE": 0.0}
UNFINISHED = r"has not finished job v1 .*%videogen resume"


def passing(name: str, *status: Step, **more: Any) -> Fault:
    """It passes, and the job is done afterwards."""
    return Fault(f"status: {name}", "succeeded", status=(*status, done()), **more)


def stuck(name: str, *status: Step, says: str = UNFINISHED, **more: Any) -> Fault:
    """It never ends by itself; the day after which we stop asking is made short."""
    return Fault(f"status: {name}", "uncertain", says, "", status=status, limits=DAY, **more)


def lost(name: str, *status: Step, says: str, **more: Any) -> Fault:
    """The job has ended without a clip."""
    return Fault(f"status: {name}", "failed", says, status=status, **{"limits": STALE, **more})


def waits(after: object) -> Step:
    return say(error("requests per minute of this key"), 429, retry_after=after)


FAILED: dict[str, Any] = {
    "money": "success",
    "wires": EVERY,
    "by": {
        "infinityblue": {"money": "back"},
        "openai_videos": {"money": "server"},
    },
}

FAULTS = (
    # -- the connection
    passing("reset once it was read", reset, wires=EVERY),
    passing("reset in the answer's head", raw(b"HTTP/1.1 2", then="reset")),
    passing("reset in the answer's body", raw(OK + b'{"status": "succ', then="reset")),
    passing("closed without a word", raw()),
    passing("closed after the answer", going(10, then="close"), going(20, then="close")),
    passing("answer shorter than its length", raw(OK + b'{"id": "v1", "status": "failed"}')),
    passing("silence", hold, limits=SHORT),
    passing("body that drips", drip(head(transfer_encoding="chunked"), b"1\r\n \r\n"), limits=SHORT),
    passing("endless body", pour(head(transfer_encoding="chunked"), b"100000\r\n" + b" " * 2**20 + b"\r\n", 300)),
    passing("gzip bomb", bomb()),
    # -- the body
    passing("502 in HTML", say(HTML, 502), wires=EVERY),
    passing("HTML in a 200", say(HTML)),
    passing("204", say(None, 204, content_length=None)),
    passing("empty 200", say()),
    passing("JSON null, a number, a list, text", say(b"null"), say(b"7"), say([]), say(b'"succeeded"')),
    passing("bytes that are no UTF-8", say(b'{"status": "\xff\xfe"}')),
    passing("100,000 brackets", say(b"[" * 100_000), say(b'{"data":' * 100_000)),
    passing("data that is null", say({"code": "success", "message": "", "data": None})),
    passing("error in a 200", say(error("try later"))),
    passing("418, 599, 302", say(None, 418), say(None, 599), redirect("{self}/other"), wires=EVERY),
    passing("302 to another origin", redirect("{storage}/v1"), storage=(mp4(),)),
    # -- progress
    passing("progress that falls", going(60), going(30), going(5)),
    passing("progress above 100", going(250), going(1e300)),
    passing("progress below 0", going(-5), going(-1e300)),
    passing("progress NaN", going(float("nan")), going("NaN"), going(float("inf"))),
    passing("progress in words", going("almost"), going("42%"), going(True), going([50]), going({"a": 1})),
    passing(
        "progress of 400 digits", say(lambda talk: {**talk.site.facts["wire"].going(1, None), "progress": 10**400})
    ),
    passing("progress of 5,000 digits", say(b'{"id": "v1", "status": "processing", "progress": %s}' % (b"9" * 5000))),
    # -- status words
    passing("word nobody knows", going(10, "warming the lens"), going(20, "Ω")),
    passing("empty word", going(None, ""), going(None, "   ")),
    passing("word that is no text", going(None, 7), going(None, {"is": "done"}), going(None, ["succeeded"])),
    passing("no word", say({"id": "v1", "task_id": "v1"})),
    Fault(
        "status: shouting and spaces",
        "succeeded",
        status=(going(1, " In-Progress "), say({"id": "v1", "status": "SUCCESS ", "url": "/files/a.mp4"})),
    ),
    stuck("queued without end", going(None, "queued"), wires=EVERY),
    stuck("a word nobody knows, without end", going(99, "polishing")),
    stuck("500 without end", say(error("oops"), 500), wires=EVERY),
    stuck("error in a 200, without end", say(error("oops"))),
    stuck("302 without end", redirect("{self}/other")),
    # -- failure
    lost("failed", broken(), says=r"could not make the clip: the GPU caught fire\. .*%videogen retry", **FAILED),
    lost("failed in a 500", broken("no GPU left", 500), says="could not make the clip: no GPU left", **FAILED),
    lost("failed in HTML", broken(HTML), says=r"could not make the clip: .*Bad Gateway", **FAILED),
    lost(
        "failed without a reason",
        broken(None),
        says="no reason given",
        **{
            **FAILED,
            "by": {
                **FAILED["by"],
                "infinityblue": {"money": "back", "says": "could not make the clip: failed"},
                "openai_videos": {"money": "server", "says": "could not make the clip: failed"},
            },
        },
    ),
    lost(
        "failed at length, in colour",
        broken("\x1b[31mred\x1b[0m\r\nand " + "very " * 2000 + "long\u202e"),
        says="red",
        **FAILED,
    ),
    lost(
        "failed with links and a key",
        broken("see https://a.example/x?sig=hushhush and Bearer inf_hush0123456789ab"),
        says=r"see https://a\.example/x",
        **FAILED,
    ),
    lost("refused by a filter", broken("content policy violation"), says=r"refused the content.*Change", **FAILED),
    lost("expired", going(None, "expired"), says=r"expired.*%videogen retry", **FAILED),
    Fault(
        "status: cancelled by the provider",
        "cancelled",
        "job was cancelled",
        "success",
        status=(going(None, "canceled"),),
        by={"infinityblue": {"money": "back"}},
    ),
    # -- unknown or forbidden
    passing("404 for a moment", say(error("no such job"), 404), wires=EVERY),
    passing(
        "400 task_not_exist for a moment", say({"code": "task_not_exist", "message": "x"}, 400), wires=("infinityblue",)
    ),
    lost(
        "404 for good",
        say(error("no such job"), 404),
        says="no longer knows job v1.*account",
        money="maybe",
        wires=EVERY,
    ),
    lost("410 for good", say(error("gone"), 410), says="no longer knows job v1", money="maybe"),
    lost(
        "404 for good, with a long id",
        say(error("no"), 404),
        says="no longer knows job v",
        money="maybe",
        submit=(accept("v" * 5000),),
    ),
    lost(
        "400 task_not_exist for good",
        say({"code": "task_not_exist", "message": "x"}, 400),
        says="no longer knows",
        money="maybe",
        wires=("infinityblue",),
    ),
    passing("401 for a moment", say(error("Invalid API key"), 401), wires=EVERY),
    passing("403 for a moment", say(error("no access"), 403)),
    Fault(
        "status: 401 for good",
        "uncertain",
        r"can't read it \(401\).*nothing was submitted twice.*%videogen resume",
        "maybe",
        status=(going(40), say(error("Invalid API key"), 401)),
        wires=EVERY,
    ),
    Fault(
        "status: 403 although the submission worked",
        "uncertain",
        r"can't read it \(403\).*%videogen resume",
        "maybe",
        status=(say(error("This token has no access to model "), 403),),
    ),
    # -- requests to wait
    passing("429 with seconds", waits(1), gap=1.0),
    passing(
        "429 with a date",
        say(error("slow"), 429, retry_after="Mon, 01 Jan 2001 00:00:01 GMT", date="Mon, 01 Jan 2001 00:00:00 GMT"),
        gap=1.0,
    ),
    passing("bare 429", say(None, 429), wires=EVERY),
    passing("429 to wait -5, soon, nan", waits(-5), waits("soon"), waits("nan")),
    Fault("status: 429 to wait 1e9", "following", "is limiting requests; next check in 60 min", status=(waits("1e9"),)),
    passing("503 with seconds", say(error("busy"), 503, retry_after=1), gap=1.0),
    passing("200 with seconds", going(retry_after=1), gap=1.0),
    passing("200 to wait -1, nan, soon", going(retry_after=-1), going(retry_after="nan"), going(retry_after="soon")),
    # -- success without a clip
    Fault(
        "status: success without an address", "failed", r"no clip.*%videogen resume", "probably", status=(done(None),)
    ),
    Fault(
        "status: success without an address, clip at the gateway",
        "succeeded",
        status=(done(None),),
        content=(mp4(),),
        wires=("infinityblue", "openai_videos"),
    ),
    *(
        Fault(f"status: success at {what}", "failed", r"no clip.*%videogen resume", "probably", status=(done(url),))
        for what, url in (
            ("a javascript address", "javascript:alert(1)"),
            ("a file", "file:///etc/passwd"),
            ("no address", "coming soon"),
            ("a number", 7),
            ("an address without a host", "https://"),
            ("an address that is none", "http://[::1"),
        )
    ),
)
