"""Cells that look at everything from inside a kernel: tracebacks, frames, dumps, copies, the backend's thread."""

from __future__ import annotations

__all__ = ["BACKEND", "COPIES", "DUMPS", "FRAMES", "HURRY", "SET_UP", "THINGS", "TRACEBACKS"]

SET_UP = """
import asyncio, copy, faulthandler, logging, os, pickle, pprint, sys, traceback, threading, warnings
logging.basicConfig(filename="debug.log", level=logging.DEBUG, force=True, format="%(name)s %(message)s")
logging.captureWarnings(True); warnings.simplefilter("always")
crash = open("crash.txt", "w"); faulthandler.enable(crash)
"""
# Polls and pauses of a few milliseconds: the kernel's own, as the fixtures of other tests make theirs.
HURRY = """
import videogen_nb as vg
from videogen_nb.backend import download as fetch
from videogen_nb.backend import follow
from videogen_nb.backend import session
from videogen_nb.backend import submit
from videogen_nb.backend.plan import endpoint_of
from videogen_nb.providers.registry import provider, providers
for module in (fetch, follow, submit):
    module.backoff = lambda misses: 0.02
for name in providers():
    type(provider(name)).interval = 0.02
session.backend().post(lambda: asyncio.get_running_loop().set_debug(True))
"""
TRACEBACKS = """
class Broken:
    def __array__(self, *_, **__): raise OSError("a broken picture")
def nested():
    try:
        held_infery.wait(0.01)
    except vg.VideogenError as error:
        raise RuntimeError("while it was live") from error
"""
# Errors are kept with all their frames, whose locals are printed as crash reporters do.
FRAMES = """
def frames(work):
    try:
        work()
    except BaseException as error:
        print("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    else:
        print("nothing was raised")
frames(lambda: vg.generate("x", image=Broken(), provider="infery"))
frames(lambda: vg.generate("x", duration=9999, provider="infery"))
frames(lambda: vg.generate("x", model="no-such-model", provider="infery"))
frames(lambda: vg.generate("x", provider="infinityblue", count=3))
frames(lambda: vg.generate("x", params={"a": object()}))
frames(lambda: held_infinityblue.wait(0.01))
frames(lambda: nested())
for job in vg.jobs():
    if job.error: frames(job.wait)
"""
THINGS = """
names = ("infery", "infinityblue", "openai_videos")
endpoints = [endpoint_of(provider(name)) for name in names]
plan = session.plan(vg.VideoRequest("x", provider="infery", model="veo-3-1-fast"))
pictured = session.make_request("x", image=os.environ["PICTURE"], provider="infinityblue")
here = session.backend()
things = [*vg.jobs(), *[v for j in vg.jobs() for v in j.videos], *[j.request for j in vg.jobs()], pictured,
          pictured.image, *[j.error for j in vg.jobs() if j.error], *endpoints, plan, plan.spec, plan.provider, pair,
          compared, panel, here, here.journal, *here._supervisor._clients.values(), *vg.models(), vg.jobs()[0].cost,
          vg.VideogenError, *[s.http for s in here._supervisor._clients.values()], *here.journal.rows(None, 100)]
"""
# By these names a value is what its user gave, word for word, and is asked for: all else may not show it.
DUMPS = """
GIVEN = {"ImageRef": {"url"}, "VideoRequest": {"params"}, "Panel": {"image", "_trait_values"}}
told = set()
def tell(*words):
    text = " ".join(map(str, words))
    if text not in told:  # once is enough to be found
        told.add(text)
        print(text)
def look(thing):
    given = GIVEN.get(type(thing).__name__, ())
    for how in (repr, str, format, pprint.pformat, ascii):
        tell(how(thing))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # traitlets warns of names that are only there to warn
        for name in set(dir(thing)) - {"__dict__", *given}:
            try: tell(name, pprint.pformat(getattr(thing, name)))
            except Exception as error: tell(name, repr(error))
    try: tell(pprint.pformat({name: value for name, value in vars(thing).items() if name not in given}))
    except TypeError: pass
    for name in ("_repr_html_", "_repr_mimebundle_", "_render_traceback_"):
        try: tell(getattr(thing, name)())
        except Exception as error: tell(repr(error))
for thing in things: look(thing)
"""
COPIES = """
kept = open("pickles.bin", "wb")
for thing in things:
    for copied in (copy.copy, copy.deepcopy, pickle.dumps, lambda each: pickle.dumps(each, 0)):
        try: made = copied(thing)
        except Exception as error: print("refused", type(thing).__name__, repr(error)[:300])
        else:
            if isinstance(made, bytes): kept.write(made)
            else: print(repr(made))
kept.close()
"""
BACKEND = """
def break_(*_): raise LookupError("an observer that breaks")
held_infery.observe(break_)
held_infery.notice = "something to observe"
session.backend().post(break_)
thread = next(each for each in threading.enumerate() if each.name.startswith("videogen"))
print("\\n".join(traceback.format_stack(sys._current_frames()[thread.ident])))
faulthandler.dump_traceback(crash)
warnings.warn(f"{held_infery} {held_infery.request}")
logging.getLogger("user").warning("%s %r", held_infery, held_infery)
"""
