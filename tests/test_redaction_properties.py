"""Redaction: what lets its reader in does not survive in any text."""

from __future__ import annotations

import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, any_text, nasty_text
from videogen_nb.text import bare_url, grants_access, redact

TOKEN = string.ascii_letters + string.digits
tokens = st.text(TOKEN, min_size=16, max_size=40)
secrets = st.text(TOKEN + "-_./+=~!$%&()?#[]", min_size=8, max_size=40)
names = st.sampled_from(["X-Goog-Signature", "sig", "Expires", "access", "token", "a.b", "a%5B%5D"])
hosts = st.sampled_from(
    ["https://storage.example", "http://localhost:3000", "HTTPS://u@e.org", "https://[::1]:9", "/v1/media"]
)
paths = st.sampled_from(["/", "/clip.mp4", "/a/b c"]).map(lambda path: path.replace(" ", "%20"))
fences = st.sampled_from(
    [("", ""), ("(", ")"), ('"', '"'), ("<", ">"), ("'", "'"), ("see ", " now"), ("url=", "\n"), ("[", "]")]
)


@given(before=any_text, secret=secrets, after=any_text, other=secrets)
@BOUNDED
def test_a_given_secret_is_gone(before: str, secret: str, after: str, other: str) -> None:
    """Wherever it stands, also twice, also where another secret stands in it."""
    for known in ([secret], [secret, None, "", other], [secret[:4], secret], [secret, secret[2:]]):
        told = redact(f"{before}{secret}{after}{secret}", known)
        assert secret not in told


@given(before=any_text, after=any_text, host=hosts, path=paths, name=names, token=tokens, fence=fences)
@BOUNDED
def test_a_query_is_gone(
    before: str, after: str, host: str, path: str, name: str, token: str, fence: tuple[str, str]
) -> None:
    """No query, fragment or password of an address is left, whatever the address stands between."""
    forms = [f"{host}{path}?{name}={token}", f"{host}{path}?a=1&{name}={token}"]
    if "://" in host:
        forms += [f"{host}{path}#{name}={token}", f"https://u:{token}@e.org{path}", f"{host}{path}?{token}"]
    for address in forms:
        assume(token not in before + after)
        told = redact(f"{before} {fence[0]}{address}{fence[1]} {after}")
        assert token not in told
        assert token not in bare_url(address)


@given(text=st.one_of(nasty_text, st.text(st.sampled_from('htps:/?=&#@[]<>" ab%…•'), max_size=60)))
@example(text="https://[::1?x=1")
@example(text="https://a]b/?x=1")
@example(text="http://\u2100.example/?x=1")
@BOUNDED
def test_any_text_can_be_redacted(text: str) -> None:
    """It never fails, and a second time changes nothing."""
    once = redact(text, [None, ""])
    assert redact(once) == once
    assert isinstance(grants_access(text), bool)
    assert bare_url(bare_url(text)) == bare_url(text)


@given(address=st.builds("{}{}?{}={}".format, hosts.filter(lambda host: "://" in host), paths, names, tokens))
@BOUNDED
def test_a_bare_address_grants_nothing(address: str) -> None:
    """What is left of a signed address does not let anybody in."""
    assert not grants_access(bare_url(address))
