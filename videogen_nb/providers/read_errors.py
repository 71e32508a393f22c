"""Read error responses in any envelope, and classify them: gateways relay each other's, so all providers share this."""

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

__all__ = ["ErrorDetails", "clean", "error_details", "is_rejection", "to_error"]

LONGEST = 200  # characters of a provider's message

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
class ErrorDetails:
    """An error response.

    Attributes:
        message: The provider's words, on one line, at most 200 characters; "" if it gave none.
        codes: Its error codes and types, the most specific first.
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
        """Codes and message in one text, for classification by keywords."""
        return " ".join((*(code.replace("_", " ") for code in self.codes), self.message))


def error_details(reply: Reply) -> ErrorDetails:
    """Read an error response with any envelope, or with none."""
    body = reply.json()
    if body is None or isinstance(body, (int, float)):
        codes: tuple[str, ...] = ()
        raw = _page_text(reply.text)
    else:
        codes = tuple(dict.fromkeys(filter(None, map(_one_line, _codes(body)))))
        raw = _message(body) or ", ".join(codes)
    in_text = _REQUEST_ID.search(raw)
    header = reply.headers.get("x-request-id") or reply.headers.get("x-oneapi-request-id")
    return ErrorDetails(clean(raw), codes, header or (in_text[1] if in_text else None))


def clean(value: Any) -> str:
    """The message in any error value, safe to show: one line, no control characters, keys or signed queries."""
    text = _one_line(redact(_REQUEST_ID.sub("", _page_text(_message(value)))))
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    """The text on one line, without control characters and lone surrogates."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def is_rejection(text: str) -> bool:
    """Whether a message says that a content filter refused the prompt, the image or the clip."""
    return bool(_CONTENT.search(text)) and not _UNKNOWN_FIELD.search(text)


def to_error(provider: Provider, reply: Reply, *, following: bool = False) -> ProviderError:
    """The exception for an error response.

    Args:
        provider: Who sent it.
        reply: The response.
        following: Whether it answers a status call, not a submission: then nothing is known about charges.
    """
    error = error_details(reply)
    kind = _classify(reply.status_code, error)
    facts: dict[str, Any] = {
        "provider": provider.name,
        "status_code": reply.status_code,
        "request_id": error.request_id,
        "code": error.code,
    }
    if kind is RateLimitError:
        facts["retry_after"] = retry_after(reply)
    if kind is ContentRejectedError:
        facts["reason"] = error.message or "content policy"
    event, advice = (_following if following else _submitting)(provider, reply, kind, error)
    reason = f": {error.message.rstrip('.。 ')}" if error.message else ""
    message = f"{provider.title} {event} ({reply.status_code}){reason}."
    charged = "Nothing was charged." if not following and provider.refused(reply) else ""
    return kind(message, charged=charged, advice=advice, **facts)


def _classify(status: int, error: ErrorDetails) -> type[ProviderError]:
    codes, text = {normal_word(code) for code in error.codes}, error.everything
    if "invalid_api_key" in codes:
        return AuthenticationError
    if status == 402 or (status < 500 and codes & _CREDIT_CODES):
        return NoCreditError
    if status in (401, 403, 429) and _CREDIT.search(text) and not (status == 429 and _WINDOW.search(text)):
        return NoCreditError
    if status == 429:
        return RateLimitError
    # With a 5xx the job may have been accepted, whatever the message says.
    if status < 500 and status != 401 and is_rejection(text):
        return ContentRejectedError
    return AuthenticationError if status in (401, 403) else ProviderError


def _submitting(provider: Provider, reply: Reply, kind: type[ProviderError], error: ErrorDetails) -> tuple[str, str]:
    """What became of a submission, and what to do next."""
    status, key = reply.status_code, provider.key_env or "the key"
    if kind is AuthenticationError:
        if status == 403:
            return "does not allow this key to do that", f"Check the permissions of {key}."
        return "refused the key", f"Check {key}."
    if kind is NoCreditError:
        return "reports that the credit is used up", "Top up or use another key, then run it again."
    if kind is ContentRejectedError:
        return "refused the content", "Change the prompt or the image."
    if kind is RateLimitError:
        wait = retry_after(reply)
        return "limits the request rate", f"Try again in {f'{wait:g} s' if wait else 'a while'}."
    if error.code == "model_not_found":
        named = _MODEL.search(error.message)
        model = f"model {named[1].rstrip('.')}" if named else "such model"
        return f"has no {model} for this key", "See `%videogen models`."
    if status >= 500:
        return "had an internal error", "It may have accepted the request; check your account before trying again."
    if status == 413:
        return "refused the request as too large", "Use a smaller image, or give its URL."
    if 300 <= status < 400 or status in (404, 405):
        where = provider.base_url_env or "its address"
        return "does not accept requests at this address", f"Check the model and {where}."
    if reply.ok:
        return "reported an error", "The response names no job, so there is nothing to follow."
    return "refused the request", ""


def _following(provider: Provider, reply: Reply, kind: type[ProviderError], error: ErrorDetails) -> tuple[str, str]:
    """What became of a status call, and what that means for the job."""
    if kind is AuthenticationError:
        key = provider.key_env or "the key"
        return "does not allow this key to read the job", f"The job continues; do not submit it again. Check {key}."
    if kind is RateLimitError:
        return "limits the request rate", "The job continues; its status is checked again later."
    if reply.status_code in (404, 410) or error.code == "task_not_exist":
        return "does not know the job", "It may be too new, or no longer kept."
    return "did not report the job's status", "The job continues; its status is checked again later."


def _message(value: Any, depth: int = 6) -> str:
    """The innermost message: relays put an upstream error into their own, as an object or as JSON text."""
    if depth == 0 or value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        text = value.strip()
        inner = _message(_nested(text), depth - 1)
        return inner or text
    if isinstance(value, list):
        return "; ".join(filter(None, (_message(item, depth - 1) for item in value[:3])))
    if not isinstance(value, dict):
        return str(value)
    if isinstance(value.get("loc"), list) and isinstance(value.get("msg"), str):
        return f"{'.'.join(map(str, value['loc']))}: {value['msg']}"
    names = ("error", "detail", "message", "msg", "error_message", "description", "errors")
    return next(filter(None, (_message(value.get(name), depth - 1) for name in names)), "")


def _codes(value: Any, depth: int = 6) -> Iterator[str]:
    """Error codes and types in an envelope, the innermost first."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _codes(_nested(value.strip()), depth - 1)
    elif isinstance(value, list):
        for item in value[:3]:
            yield from _codes(item, depth - 1)
    elif isinstance(value, dict):
        # `error` first: in {"code": 400, "error": {"code": "bad_size"}} the inner code is the specific one.
        for name in ("error", "code", "type", "detail", "message"):
            inner = value.get(name)
            if name in ("code", "type"):
                if isinstance(inner, (str, int)) and not isinstance(inner, bool):
                    yield str(inner)
            else:
                yield from _codes(inner, depth - 1)


def _nested(text: str) -> Any:
    """The value of a text that is a JSON object or list; None for other text."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _page_text(text: str) -> str:
    """The text of a body that is not JSON: the title of an HTML page, else the text without markup."""
    head = text[:20_000]
    if re.match(r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", head, re.I | re.S):
        title = re.search(r"<title[^>]*>(.*?)</title>", head, re.I | re.S)
        return (html.unescape(title[1]).strip() if title else "") or "an HTML page"
    return html.unescape(re.sub(r"<[^>]*>", " ", head)) if head.lstrip().startswith("<") else head
