from __future__ import annotations

import pytest

from videogen_nb import errors
from videogen_nb.errors import (
    MissingKeyError,
    ProviderError,
    RequestError,
    UnknownModelError,
    UnsupportedOptionError,
    VideogenError,
)

TREE = {
    "RequestError": "VideogenError",
    "UnknownModelError": "RequestError",
    "UnsupportedOptionError": "RequestError",
    "MissingKeyError": "VideogenError",
    "ConnectionLostError": "VideogenError",
    "JournalError": "VideogenError",
    "SubmitUncertainError": "VideogenError",
    "ProviderError": "VideogenError",
    "AuthenticationError": "ProviderError",
    "NoCreditError": "ProviderError",
    "ContentRejectedError": "ProviderError",
    "RateLimitError": "ProviderError",
    "JobError": "VideogenError",
    "JobFailedError": "JobError",
    "JobCancelledError": "JobError",
    "OutputMissingError": "JobError",
    "JobExpiredError": "JobError",
    "WaitTimeoutError": "JobError",
}


def test_the_tree_is_the_one_in_the_contract() -> None:
    """Each exception stands where programs outside this package expect it, and none is missing from `__all__`."""
    assert {name: getattr(errors, name).__mro__[1].__name__ for name in TREE} == TREE
    assert set(errors.__all__) == {*TREE, "VideogenError"}


def test_the_tree_is_drawn_in_the_docstring() -> None:
    """The drawing names every exception."""
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in errors.__all__)


def test_a_message_joins_what_happened_the_charge_and_the_advice() -> None:
    """The three parts stand alone as attributes and together as the text, without holes."""
    error = VideogenError("It broke.", advice="Try again.")
    assert (error.message, error.charged, error.advice) == ("It broke.", "", "Try again.")
    assert str(error) == "It broke. Try again."


def test_ipython_shows_one_line_and_no_stack() -> None:
    """IPython asks this hook for what it prints."""
    assert RequestError("The prompt is empty.")._render_traceback_() == ["RequestError: The prompt is empty."]


@pytest.mark.parametrize(
    ("close", "words"),
    [
        ((), "Unknown model 'x'. See `%videogen models`. Nothing was sent."),
        (("a",), "Unknown model 'x'. Did you mean 'a'? See `%videogen models`. Nothing was sent."),
        (("a", "b", "c"), "Unknown model 'x'. Did you mean 'a', 'b' or 'c'? See `%videogen models`. Nothing was sent."),
    ],
)
def test_an_unknown_model_offers_close_names(close: tuple[str, ...], words: str) -> None:
    """The offer reads as a sentence for any number of names."""
    error = UnknownModelError("x", close)
    assert (error.name, error.close_matches, str(error)) == ("x", close, words)


def test_an_unsupported_option_names_what_is_taken() -> None:
    """Option, value and accepted values are attributes and stand in the text, the option as people type it."""
    error = UnsupportedOptionError("aspect_ratio", "5:4", ("16:9", "1:1"), where="veo-3-1")
    assert (error.option, error.value, error.allowed) == ("aspect_ratio", "5:4", ("16:9", "1:1"))
    assert str(error) == "veo-3-1 does not take aspect-ratio 5:4; it takes 16:9, 1:1. Nothing was sent."
    nowhere = UnsupportedOptionError("seed", 7, where="Infery", hint="It takes duration.")
    assert str(nowhere) == "Infery does not take seed (7). It takes duration. Nothing was sent."


def test_a_missing_key_names_its_variable() -> None:
    """The message says what to set, and that nothing was sent."""
    error = MissingKeyError("infery", "INFERY_API_KEY")
    assert (error.provider, error.env_var) == ("infery", "INFERY_API_KEY")
    assert "INFERY_API_KEY" in str(error)
    assert "Nothing was sent" in str(error)


def test_a_provider_error_keeps_the_facts_of_the_answer() -> None:
    """Status, request id and code are attributes, for programs and for the provider's support."""
    error = ProviderError("No.", provider="infery", status_code=418, request_id="r1", code="teapot")
    assert (error.provider, error.status_code, error.request_id, error.code) == ("infery", 418, "r1", "teapot")
