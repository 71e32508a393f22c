"""Faults of the answer to a submission, which may already have cost money."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.fault import EVERY, Fault
from tests.faults.raw import Step, Talk
from tests.faults.steps import accept, bomb, done, drip, head, hold, late, mp4, pour, raw, redirect, reset, say, taken

__all__ = ["FAULTS"]

SHORT: dict[str, float] = {"timeout": 1.5}
HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><script>alert(1)</script></body></html>"
OK = head(content_type="application/json", content_length=500)


def lost(name: str, *submit: Step, says: str = r"no answer came", posts: int = 1, took: int = 1, **more: Any) -> Fault:
    """A submission of which nobody here can know whether it was taken."""
    wires = more.pop("wires", EVERY)
    steps = tuple(taken(step) for step in submit) if took else submit
    return Fault(
        f"submit: {name}", "uncertain", says, "maybe", posts=posts, taken=took, submit=steps, wires=wires, **more
    )


def refused(name: str, *submit: Step, says: str, **more: Any) -> Fault:
    """A submission that was turned down, so that nothing was charged."""
    return Fault(f"submit: {name}", "failed", says, "none", taken=0, submit=submit, **{"wires": EVERY, **more})


def fine(name: str, *submit: Step, **more: Any) -> Fault:
    """A submission that looks odd and is well."""
    return Fault(f"submit: {name}", "succeeded", submit=submit, **{"wires": EVERY, **more})


def error(message: str, code: str = "bad") -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


def named(remote_id: Any) -> Step:
    return say(lambda talk: talk.site.facts["wire"].accepted(remote_id))


async def _odd_json(talk: Talk) -> None:
    body = talk.site.facts["wire"].accepted("v1")
    await say(b"\xef\xbb\xbf" + json.dumps(body).encode())(talk)


async def _unread(talk: Talk) -> None:
    """Reset as soon as anything comes."""
    await talk.await_bytes()
    talk.reset()


async def _http10(talk: Talk) -> None:
    body = json.dumps(talk.site.facts["wire"].accepted("v1")).encode()
    await raw(b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n" + body)(talk)


async def _after_hints(talk: Talk) -> None:
    await talk.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
    await named("v1")(talk)


async def _short_length(talk: Talk) -> None:
    await say(talk.site.facts["wire"].accepted("v1"), content_length=9, then="close")(talk)


async def _broken_text(talk: Talk) -> None:
    body = {**talk.site.facts["wire"].accepted("v1"), "model": "M"}
    await say(json.dumps(body).encode().replace(b'"M"', b'"\xff\xfe"'))(talk)


async def _twice(talk: Talk) -> None:
    body = json.dumps(talk.site.facts["wire"].accepted("v1")).encode()
    names = b"x-request-id: a\r\nx-request-id: b\r\ncontent-type: text/plain\r\ncontent-type: application/json\r\n"
    await talk.write(b"HTTP/1.1 200 OK\r\n%scontent-length: %d\r\n\r\n%s" % (names, len(body), body))


def retry(after: object, **more: Any) -> Step:
    return say(error("requests per minute of this key"), 429, retry_after=after, **more)


NOBODY = say(error("no channel for this model", "model_not_found"), 503)

FAULTS = (
    # -- the connection
    lost("reset before the request is read", connect=(_unread,), posts=0, took=0),
    lost("reset once it was read", reset),
    lost("closed once it was read", raw()),
    lost("reset in the answer's head", raw(b"HTTP/1.1 20", then="reset")),
    lost("closed in the answer's head", raw(b"HTTP/1.1 200 OK\r\ncontent-ty")),
    lost("reset in the answer's body", raw(OK + b'{"id": "v', then="reset")),
    lost("answer shorter than its length", raw(OK + b'{"id": "v1", "task_id": "v1"}')),
    lost("answer longer than its length", _short_length, says="holds no job id"),
    lost("chunked answer without its end", raw(head(transfer_encoding="chunked") + b'5\r\n{"id"\r\n')),
    lost("no HTTP at all", raw(b"220 mail.example ESMTP\r\n")),
    lost("two lengths that differ", raw(b'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{"id": 1}')),
    lost("a header of 1 MB", raw(b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 2**20 + b"\r\n\r\n")),
    lost("silence", hold, limits=SHORT),
    lost("head that drips", drip(b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"), limits=SHORT),
    lost("body that drips", drip(head(transfer_encoding="chunked"), b"1\r\n \r\n"), limits=SHORT),
    lost("silence after half the body", raw(OK + b'{"id": "v', then="hold"), limits=SHORT),
    fine("head after a while", taken(late(0.3, named("v1")))),
    fine("kept connection closed just before it", retry(0, then="close"), accept(), posts=2),
    fine("HTTP/1.0, ended by closing", taken(_http10)),
    fine("after 100 and 103", taken(_after_hints)),
    fine("headers that come twice", taken(_twice)),
    # -- the body
    lost("endless body", pour(head(transfer_encoding="chunked"), b"10000\r\n" + b" " * 65536 + b"\r\n", 20_000)),
    lost("body of 50 MB", pour(head(content_length=50 * 2**20), b" " * 2**20, 50)),
    lost("gzip bomb", bomb()),
    lost("broken gzip", say(b"not gzip at all", content_encoding="gzip")),
    lost("204", say(None, 204, content_length=None), says="holds no job id"),
    lost("empty 200", say(), says="holds no job id"),
    lost("HTML in a 200", say(HTML), says="holds no job id"),
    lost("text that is not JSON", say(b"{'id': 'v1'}"), says="holds no job id"),
    lost("100,000 brackets", say(b"[" * 100_000), says="holds no job id"),
    lost("JSON that is a list of nothing", say([]), says="holds no job id"),
    fine("byte-order mark", taken(_odd_json)),
    fine("JSON called HTML", accept(content_type="text/html")),
    fine("JSON called video", accept(content_type="video/mp4")),
    fine("bytes that are no UTF-8, beside the id", taken(_broken_text)),
    fine("huge numbers beside the id", taken(say(b'{"id": "v1", "task_id": "v1", "created": %s}' % (b"9" * 5000)))),
    # -- ids
    lost("no id", named(None), says="holds no job id"),
    lost("empty id", named(" "), says="holds no job id"),
    lost("id that is a list", named(["v1"]), says="holds no job id"),
    lost("id that is true", named(True), says="holds no job id"),
    lost("id with control characters", named("v1\x1b[31m\n"), says="holds no job id"),
    fine("id that is a number", accept(12345678901234567890)),
    fine("id with slashes and a query", accept("a/b//c?d=e&f#g")),
    fine("id of two dots", accept("..")),
    fine("id that climbs", accept("../../../../etc/passwd")),
    fine("id with percent signs", accept("%2e%2e%2Fa%00b")),
    fine("id in Unicode", accept("작업-№1-💡")),
    fine("id of 5,000 characters", accept("v" * 5000)),
    # -- errors
    Fault(
        "submit: error in a 200",
        "failed",
        r"reported an error \(200\): no GPU",
        taken=0,
        submit=(say(error("no GPU")),),
        wires=EVERY,
    ),
    refused("400", say(error("the prompt is too short"), 400), says=r"refused the request \(400\).*too short"),
    refused("HTML in a 400", say(HTML, 400), says=r"\(400\): 502 Bad Gateway"),
    refused("400 of 50 MB", pour(head(400, content_length=50 * 2**20), b"x" * 2**20, 50), says=r"\(400\)"),
    refused("100,000 brackets in a 400", say(b'{"error":' * 100_000, 400), says=r"\(400\)"),
    refused("401", say(error("Invalid API key"), 401), says=r"refused the key \(401\).*Check"),
    refused("402", say(error("out of credits", "insufficient_credits"), 402), says=r"credit is used up.*Top up"),
    refused("403 in HTML", say(HTML, 403), says=r"does not allow this key to do that \(403\)"),
    refused("404", say(error("no such page"), 404), says=r"does not accept requests at this address \(404\)"),
    refused("413 without a body", say(None, 413), says=r"too large \(413\).*smaller image"),
    refused("418", say("I am a teapot", 418), says=r"\(418\)"),
    lost("408", say(error("too slow"), 408), says=r"the answer was 408"),
    lost("500", say(error("oops"), 500), says=r"the answer was 500.*oops"),
    lost("500 of 50 MB", pour(head(500, content_length=50 * 2**20), b"x" * 2**20, 50), says="the answer was 500"),
    lost("502 in HTML", say(HTML, 502), says=r"the answer was 502.*Bad Gateway"),
    lost("503", say(error("overloaded"), 503), says=r"the answer was 503"),
    lost("504 without a body", say(None, 504), says=r"the answer was 504"),
    lost("599", say("network connect timeout", 599), says=r"the answer was 599"),
    lost("999", say("odd", 999), says=r"the answer was 999"),
    lost("101", raw(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")),
    lost("503 for a model nobody serves", NOBODY, says=r"the answer was 503", wires=("infery",)),
    refused(
        "503 for a model nobody serves, at a relay",
        NOBODY,
        says=r"has no such model.*%videogen models",
        wires=("infinityblue",),
    ),
    *(
        refused(
            f"{status} to itself", redirect("{self}/other", status), says=rf"does not accept requests.*\({status}\)"
        )
        for status in (301, 302, 303, 307, 308)
    ),
    refused("307 to another origin", redirect("{storage}/v1", 307), says=r"\(307\)", storage=(mp4(),)),
    # -- requests to wait
    fine("429 with seconds", retry(1), accept(), posts=2, gap=1.0),
    fine(
        "429 with a date",
        retry("Mon, 01 Jan 2001 00:00:01 GMT", date="Mon, 01 Jan 2001 00:00:00 GMT"),
        accept(),
        posts=2,
        gap=1.0,
    ),
    fine("429 with a date long past", retry("Mon, 01 Jan 2001 00:00:01 GMT"), accept(), posts=2),
    fine("bare 429", say(None, 429), accept(), posts=2),
    fine("429 to wait -5", retry(-5), accept(), posts=2),
    fine("429 to wait soon", retry("soon"), accept(), posts=2),
    fine("429 to wait nan", retry("nan"), accept(), posts=2),
    refused("429 to wait 1e9", retry("1e9"), says=r"limits the request rate \(429\).*Try again in"),
    refused(
        "429 for ever",
        retry(0),
        says=r"limits the request rate \(429\)",
        posts=None,
        limits={"backend.submit.PATIENCE": 0.6},
    ),
    refused(
        "429 that means no credit", say(error("quota is used up", "insufficient_quota"), 429), says="credit is used up"
    ),
    # -- clocks
    fine(
        "clock of another century",
        accept(date="Mon, 01 Jan 1900 00:00:00 GMT", last_modified="never"),
        status=(done(extra={"created_at": 4102444800, "completed_at": 1, "expires_at": 1}),),
    ),
    fine(
        "times in milliseconds",
        accept(),
        status=(done(extra={"created_at": 4102444800000, "completed_at": 1763720000000, "expires_at": 1}),),
    ),
)
