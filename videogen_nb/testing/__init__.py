"""Checks that a provider keeps what the backend relies on, for authors of provider plug-ins to run with pytest.

Subclass `ProviderConformance`, name the provider, and write down how its API answers. This is a whole provider, built
on the parsers that the built-in ones share, and its test::

    from videogen_nb.core.model_spec import ModelSpec
    from videogen_nb.providers.base import Call, Provider, Report
    from videogen_nb.providers.read_errors import to_error
    from videogen_nb.providers.read_tasks import accepted, reason, task
    from videogen_nb.providers.read_values import address
    from videogen_nb.providers.write_body import extras, given, path_id
    from videogen_nb.testing import ProviderConformance


    class Acme(Provider):
        name, title = "acme", "Acme Video"
        key_env, base_url = "ACME_API_KEY", "https://api.acme.example"
        default_model, models = "acme-1", (ModelSpec("acme-1", "acme", max_duration=8),)
        options = frozenset({"duration", "seed"})

        def submit_call(self, request, spec):
            body = {"model": spec.id, "prompt": request.prompt, "seconds": request.duration, "seed": request.seed}
            return Call("POST", "/v1/clips", json=given({**body, **extras(request, body)}))

        def status_call(self, handle):
            return Call("GET", f"/v1/clips/{path_id(handle.remote_id)}")

        def read_accepted(self, reply):
            return accepted(self, reply)

        def read_report(self, reply, handle):
            job = task(self, reply, handle)
            url = address(job.fields.get("video_url")) if job.status == "succeeded" else None
            error, rejected = reason(job)
            return Report(job.status, job.word, outputs=((url,),) if url else (), error=error, rejected=rejected)

        def read_error(self, reply):
            return to_error(self, reply)


    class TestAcme(ProviderConformance):
        provider = Acme
        succeeded_word, failed_word = "done", "error"

        def accepted_body(self, remote_id):
            return {"id": remote_id, "status": "queued"}

        def status_body(self, remote_id, word, *, url=None, error=None):
            return {"id": remote_id, "status": word, "video_url": url, "error": error}
"""

from __future__ import annotations

from videogen_nb.testing.round_trip import RoundTripChecks
from videogen_nb.testing.wire_checks import WireChecks

__all__ = ["ProviderConformance"]


class ProviderConformance(WireChecks, RoundTripChecks):
    """The conformance tests of one provider; subclass it in a test module as ``Test…``, and pytest collects them.

    Without a server they check that the provider does no I/O, writes calls that never hold the key, refuses what it
    can't send, and reads whatever a server may answer. Then they run jobs through the real backend against a server on
    a loopback port: a clip is downloaded, an uncertain submission is bought once, a rate limit is waited out, and the
    key goes to the provider's own origin only.

    Attributes:
        provider: The class under test.
        model: The model to test with. None: the provider's default.
        running_word: The provider's word for a job that runs.
        succeeded_word: Its word for one that has a clip.
        failed_word: Its word for one that failed.
        unused_options: Options that it takes and deliberately does not send.

    Override `accepted_body` and `status_body` with what the provider's API answers.
    """
