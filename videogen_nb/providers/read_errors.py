"""What an error answer means, whatever its envelope: one reader and one classification for all wires."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from videogen_nb.errors import AuthenticationError, ContentRejectedError, NoCreditError, ProviderError, RateLimitError
from videogen_nb.providers.base import Provider
from videogen_nb.providers.read_values import normal_word, retry_after
from videogen_nb.providers.wire import Reply
from videogen_nb.text import redact

__all__ = ["Problem", "clean", "is_rejection", "problem", "to_error"]

LONGEST = 200

_REQUEST_ID = re.compile(r"\s*[(（]\s*request[ _-]?id\s*[:：]\s*([^()（）\s]+)\s*[)）]", re.I)
_CREDIT_CODES = {
    "insufficient_quota",
    "insufficient_user_quota",
    "quota_not_enough",
    "insufficient_credits",
    "insufficient_balance",
    "budget_exceeded",
}
_CREDIT = re.compile(r"quota|balance|\bcredits?\b|\bbilling\b|budget|insufficient funds|额度|余额|欠费", re.I)
_WINDOW = re.compile(r"rate.?limit|per (second|minute|hour)|too many requests|concurren", re.I)
_CONTENT = re.compile(
    r"content.?(policy|filter)|policy violation|violat\w* .{0,40}polic|\bmoderation\b|\bmoderated\b|\bsafety\b|\bnsfw\b"
    r"|(?<!case.)\bsensitive\b|(prohibited|inappropriate) content|responsible ai|敏感|违规|违禁|审核",
    re.I,
)
_UNKNOWN_FIELD = re.compile(r"(unknown|unrecogni[sz]ed|unexpected|invalid) (field|key|param|argument|propert)", re.I)
_MODEL = re.compile(r"(?:\bmodel\b|模型)[\s:：'\"`]*([a-z][\w./-]*[\d_-][\w./-]*)", re.I | re.A)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error answer says.

    Attributes:
        message: The provider's words, on one line, at most 200 characters; "" if it gave none.
        codes: Its words for the kind of error, the most telling first.
        request_id: Its id of the request.
    """

    message: str
    codes: tuple[str, ...] = ()
    request_id: str | None = None

    @property
    def code(self) -> str | None:
        return self.codes[0] if self.codes else None

    @property
    def everything(self) -> str:
        """All its words, for looking up what they mean."""
        return " ".join((*(code.replace("_", " ") for code in self.codes), self.message))


def problem(reply: Reply) -> Problem:
    """Read an error answer of any envelope, or of none."""
    body = reply.json()
    if body is None or isinstance(body, (int, float)):
        codes: tuple[str, ...] = ()
        raw = _page_text(reply.text)
    else:
        codes = tuple(dict.fromkeys(filter(None, map(_plain, _codes(body)))))
        raw = _words(body) or ", ".join(codes)
    found = _REQUEST_ID.search(raw)
    header = reply.headers.get("x-request-id") or reply.headers.get("x-oneapi-request-id")
    return Problem(clean(raw), codes, header or (found[1] if found else None))


def clean(value: Any) -> str:
    """Words for a person out of any error value: one line, no control characters, keys or signed queries."""
    text = _plain(redact(_REQUEST_ID.sub("", _page_text(_words(value)))))
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _plain(text: str) -> str:
    """The text on one line, without control characters and halves of surrogate pairs."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def is_rejection(text: str) -> bool:
    """Whether these words say that a content filter refused the prompt, the image or the clip."""
    return bool(_CONTENT.search(text)) and not _UNKNOWN_FIELD.search(text)


def to_error(provider: Provider, reply: Reply, *, following: bool = False) -> ProviderError:
    """The error that an answer stands for.

    Args:
        provider: Who answered.
        reply: Its answer.
        following: Whether it was asked about a job, not for one: then nothing is known about charges.
    """
    said = problem(reply)
    kind = _classify(reply.status_code, said)
    facts: dict[str, Any] = {
        "provider": provider.name,
        "status_code": reply.status_code,
        "request_id": said.request_id,
        "code": said.code,
    }
    if kind is RateLimitError:
        facts["retry_after"] = retry_after(reply)
    if kind is ContentRejectedError:
        facts["reason"] = said.message or "content policy"
    verb, advice = (_following if following else _submitting)(provider, reply, kind, said)
    words = f": {said.message.rstrip('.。 ')}" if said.message else ""
    what = f"{provider.title} {verb} ({reply.status_code}){words}."
    charged = "Nothing was charged." if not following and provider.refused(reply) else ""
    return kind(what, charged=charged, advice=advice, **facts)


def _classify(status: int, said: Problem) -> type[ProviderError]:
    codes, text = {normal_word(code) for code in said.codes}, said.everything
    if "invalid_api_key" in codes:
        return AuthenticationError
    if status == 402 or (status < 500 and codes & _CREDIT_CODES):
        return NoCreditError
    if status in (401, 403, 429) and _CREDIT.search(text) and not (status == 429 and _WINDOW.search(text)):
        return NoCreditError
    if status == 429:
        return RateLimitError
    # A 5xx may hide an accepted job, whatever it says.
    if status < 500 and status != 401 and is_rejection(text):
        return ContentRejectedError
    return AuthenticationError if status in (401, 403) else ProviderError


def _submitting(provider: Provider, reply: Reply, kind: type[ProviderError], said: Problem) -> tuple[str, str]:
    """What it did with a submission, and what to do next."""
    status, key = reply.status_code, provider.key_env or "the key"
    if kind is AuthenticationError:
        if status == 403:
            return "does not let this key do that", f"Check what {key} may use."
        return "refused the key", f"Check {key}."
    if kind is NoCreditError:
        return "says that the credit is used up", "Top up, or use another key, then run it again."
    if kind is ContentRejectedError:
        return "refused the content", "Change the prompt or the image."
    if kind is RateLimitError:
        wait = retry_after(reply)
        return "limits its requests", f"Try again in {f'{wait:g} s' if wait else 'a while'}."
    if said.code == "model_not_found":
        named = _MODEL.search(said.message)
        model = f"model {named[1].rstrip('.')}" if named else "such model"
        return f"has no {model} for this key", "See `%videogen models`."
    if status >= 500:
        return "had an error of its own", "It may have accepted the request; look there before trying again."
    if status == 413:
        return "refused the request as too large", "Use a smaller image, or a link to it."
    if 300 <= status < 400 or status in (404, 405):
        where = provider.base_url_env or "its address"
        return "does not take this request here", f"Check the model, and {where}."
    if reply.ok:
        return "answered with an error", "The answer names no job, so there is none to follow."
    return "refused the request", ""


def _following(provider: Provider, reply: Reply, kind: type[ProviderError], said: Problem) -> tuple[str, str]:
    """What it did with a question about a job, and what that means for the job."""
    if kind is AuthenticationError:
        key = provider.key_env or "the key"
        return "did not let this key ask for the job", f"The job goes on there, so don't submit it again; check {key}."
    if kind is RateLimitError:
        return "limits its requests", "The job goes on; it is asked again later."
    if reply.status_code in (404, 410) or said.code == "task_not_exist":
        return "does not know the job", "It may be too new, or no longer kept there."
    return "did not say how the job stands", "The job goes on; it is asked again later."


def _words(value: Any, depth: int = 6) -> str:
    """The innermost message: envelopes are opened, and so is JSON that stands as text in a message."""
    if depth == 0 or value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        text = value.strip()
        inner = _words(_nested(text), depth - 1)
        return inner or text
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(each, depth - 1) for each in value[:3])))
    if not isinstance(value, dict):
        return str(value)
    if isinstance(value.get("loc"), list) and isinstance(value.get("msg"), str):
        return f"{'.'.join(map(str, value['loc']))}: {value['msg']}"
    names = ("error", "detail", "message", "msg", "error_message", "description", "errors")
    return next(filter(None, (_words(value.get(name), depth - 1) for name in names)), "")


def _codes(value: Any, depth: int = 6) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _codes(_nested(value.strip()), depth - 1)
    elif isinstance(value, list):
        for each in value[:3]:
            yield from _codes(each, depth - 1)
    elif isinstance(value, dict):
        # `error` before the outer words: {"code": 400, "error": {"code": "bad_size"}} is about bad_size.
        for name in ("error", "code", "type", "detail", "message"):
            inner = value.get(name)
            if name in ("code", "type"):
                if isinstance(inner, (str, int)) and not isinstance(inner, bool):
                    yield str(inner)
            else:
                yield from _codes(inner, depth - 1)


def _nested(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _page_text(text: str) -> str:
    """What a body that is not JSON says: a page's title, else its plain text."""
    head = text[:20_000]
    if re.match(r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", head, re.I | re.S):
        title = re.search(r"<title[^>]*>(.*?)</title>", head, re.I | re.S)
        return (html.unescape(title[1]).strip() if title else "") or "an HTML page"
    return html.unescape(re.sub(r"<[^>]*>", " ", head)) if head.lstrip().startswith("<") else head
