from __future__ import annotations

import pytest

from videogen_nb.text import bare_url, redact

SIGNED = "https://storage.example/b/clip.mp4?X-Goog-Signature=0a1b2c&Expires=9"


@pytest.mark.parametrize(
    "text",
    [
        f"403 from {SIGNED}",
        f"({SIGNED})",
        f'{{"url": "{SIGNED}"}}',
        SIGNED.upper().replace("0A1B2C", "0a1b2c"),
        "get /v1/media/clip.mp4?access=0a1b2c now",
        "see https://user:0a1b2c@e.org/x",
        "https://e.org/#0a1b2c",
        "Authorization: Bearer 0a1b2c3d4e5f",
        "bearer  0a1b2c3d4e5f==",
        "Incorrect API key provided: sk-0a1b2c3d4e.",
        "key inf_0a1b2c3d4e is revoked",
        "your key my-plain-0a1b2c is wrong",
    ],
)
def test_a_secret_does_not_stay_in_a_text(text: str) -> None:
    """Signed queries, passwords in addresses, things shaped like keys, and the key itself whatever its shape."""
    assert "0a1b2c" not in redact(text, ["my-plain-0a1b2c", None, ""])


def test_the_rest_of_a_text_stays() -> None:
    """Host and path still tell where something went wrong; plain words are untouched."""
    assert redact(f"403 from {SIGNED}") == "403 from https://storage.example/b/clip.mp4?…"
    plain = "What did you ask? Use 16:9, sk- and 4 s (see https://e.org/docs)."
    assert redact(plain) == plain


def test_a_bare_address() -> None:
    """A URL that can't be parsed is not shown at all."""
    assert bare_url("https://e.org:8/a") == "https://e.org:8/a"
    assert bare_url("https://[::1/secret") == "(an invalid URL)"
