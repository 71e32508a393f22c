from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import videogen_nb as vg
from tests.support.farm import Farm
from tests.support.sample_jobs import a_job
from videogen_nb import config
from videogen_nb.backend import session
from videogen_nb.errors import RequestError, UnknownModelError, UnsupportedOptionError
from videogen_nb.sweeps.compare import compare, open_grid
from videogen_nb.sweeps.plan import SweepPlan, plan_sweep, submit_sweep

pytest_plugins = ["tests.support.fixtures"]

FarmOf = Callable[..., Farm]
LOCAL = {"provider": "local", "size": "64x64", "duration": 0.1}


def planned(prompt: str = "a boat", axes: dict[str, Any] | None = None, **options: Any) -> SweepPlan:
    return plan_sweep(prompt, {**LOCAL, **options}, axes or {})


def requests(plan: SweepPlan) -> list[dict[str, Any]]:
    return [each.request.to_json() for each in plan.plans]


def test_every_combination_is_a_request() -> None:
    """Options, fields of the provider's own and variables, the last changing first."""
    plan = planned("a {cat} at {n}", {"cat": ["owl", "fox"], "n": [0, 1], "seed": [1, 2], "param.x": ["a"]})
    told = [(each["prompt"], each["seed"], each["params"]) for each in requests(plan)]
    assert told == [
        (f"a {cat} at {n}", seed, {"x": "a"}) for cat, n, seed in itertools.product(["owl", "fox"], [0, 1], [1, 2])
    ]
    assert plan.points[0] == {"cat": "owl", "n": 0, "seed": 1, "param.x": "a"}
    assert plan.line == "8 jobs (2 cats × 2 ns × 2 seeds × 1 x). Nothing is charged."
    assert plan.count == 8


def test_nothing_swept_is_one_request() -> None:
    """As `generate` would make it."""
    plan = planned()
    assert plan.line == "1 job. Nothing is charged."
    assert requests(plan) == [{"prompt": "a boat", "provider": "local", "size": "64x64", "duration": 0.1}]


@pytest.mark.parametrize(
    ("axes", "field", "values"),
    [
        ({"model": [7, "0.50"]}, "model", ["7", "0.50"]),
        ({"user": [1, "b"]}, "user", ["1", "b"]),
        ({"negative-prompt": [None, "fog"]}, "negative_prompt", [None, "fog"]),
        ({"seed": ["7", 8.0, np.int64(9)]}, "seed", [7, 8, 9]),
        ({"seed": [None, 0]}, "seed", [None, 0]),
        ({"fps": ["12", None]}, "fps", [12, None]),
        ({"count": [None, 2]}, "count", [None, 2]),
        ({"param.a": ["1", "x", '{"b": [2]}', None, True, 0]}, "params", [1, "x", {"b": [2]}, None, True, 0]),
        ({"prompt": [1984, "x"]}, "prompt", ["1984", "x"]),
    ],
)
def test_values_become_what_the_option_takes(axes: dict[str, Any], field: str, values: list[Any]) -> None:
    """Text as text, numbers as numbers, JSON where a field takes any; None leaves an option out."""
    told = [each.get(field) for each in requests(planned(axes=axes))]
    assert told == ([{"a": each} for each in values] if field == "params" else values)


def test_sizes_and_lengths() -> None:
    """As text or as a pair; what the rest of the request sets is not changed."""
    plan = plan_sweep("x", {"provider": "local"}, {"size": ["128x64", (64, 128), [64, 64]], "duration": [0.1, "0.50"]})
    assert [(each["size"], each["duration"]) for each in requests(plan)] == list(
        itertools.product(["128x64", "64x128", "64x64"], [0.1, 0.5])
    )


def test_swept_prompts_with_variables_in_them() -> None:
    """A variable stands in some of them at least."""
    plan = planned("", {"prompt": ["a {cat}, asleep", "two {cat}s"], "cat": ["owl", "fox"]})
    assert [each["prompt"] for each in requests(plan)] == [
        "a owl, asleep", "a fox, asleep", "two owls", "two foxs",
    ]  # fmt: skip
    assert plan.prompt == "a {cat}, asleep / two {cat}s"


def test_a_swept_option_may_stand_in_the_prompt() -> None:
    """It is filled in, and never sent in its braces."""
    plan = planned("number {seed} by {model}", {"seed": [1, 2], "model": ["x"]})
    assert [each["prompt"] for each in requests(plan)] == ["number 1 by x", "number 2 by x"]


def test_other_braces_are_text() -> None:
    """A value that holds braces is not filled in either."""
    plan = planned("a {cat} in {braces} {{cat}}", {"cat": ["{cat}", "{dog}"], "seed": [1]})
    assert [each["prompt"] for each in requests(plan)] == [
        "a {cat} in {braces} {{cat}}",
        "a {dog} in {braces} {{dog}}",
    ]


@pytest.mark.parametrize(
    ("prompt", "options", "axes", "told", "option"),
    [
        ("x", {"seed": 1}, {"seed": [1, 2]}, "seed is given and swept", "seed"),
        ("x", {"params": {"a": 1}}, {"param.a": [1, 2]}, "param.a is given and swept", "params"),
        ("x", {"image": "a.png"}, {"image": ["a.png"]}, "image", "image"),
        ("a {owl}", {}, {"cat": ["x"]}, "neither an option nor a {variable}", "prompt"),
        ("x", {}, {"seed": [1, -1]}, "Seed must be", "seed"),
        ("x", {}, {"seed": ["one"]}, "Seed must be", "seed"),
        ("x", {}, {"fps": [12, 2000]}, "Fps must be", "fps"),
        ("x", {}, {"size": ["64x64", "big"]}, "Size must look", "size"),
        ("x", {}, {"count": [0]}, "Count must be", "count"),
        ("{cat}", {}, {"cat": ["x", " "]}, "prompt is empty", "prompt"),
        ("x", {}, {"prompt": ["x", ""]}, "prompt is empty", "prompt"),
        ("x", {}, {"seed": range(101), "fps": range(1, 11)}, "1,010 jobs are too many", ""),
        ("x", {}, {"image": ["missing.png"]}, "missing.png", "image"),
        ("x", {"resolution": "720p", "size": None}, {"size": ["64x64"]}, "Give either size", "size"),
    ],
)
def test_a_sweep_that_can_not_be_sent(
    prompt: str, options: dict[str, Any], axes: dict[str, Any], told: str, option: str
) -> None:
    """One bad combination refuses all of them, in a line that names the field."""
    with pytest.raises(RequestError) as caught:
        plan_sweep(prompt, {"provider": "local", **options}, axes)
    assert told in str(caught.value)
    assert caught.value.option == option
    assert session.backend().journal.rows() == []


def test_one_bad_combination_sends_none(farm: FarmOf) -> None:
    """The gateway itself counts: not one request has come, though the bad one is the last."""
    server = farm()
    for axes, kind in (
        ({"duration": [4, 8]}, UnsupportedOptionError),
        ({"model": ["veo-3-1", "veo-3-1-fats"]}, UnknownModelError),
        ({"param.x": [1, {1, 2}]}, RequestError),
        ({"aspect_ratio": ["16:9", "wide"]}, RequestError),
    ):
        with pytest.raises(kind):
            vg.sweep("x", provider="infery", **{"model": "veo-3-1-fast", **axes})  # type: ignore[arg-type]
    assert (server.posts, server.accepted) == ([], 0)
    assert session.backend().journal.rows() == []
    assert session.backend().journal._db.execute("SELECT count(*) FROM grids").fetchone() == (0,)


def test_models_of_two_providers_in_one_sweep(farm: FarmOf) -> None:
    """Each goes to the gateway that knows it."""
    infery, blue = farm(), farm("infinityblue")
    made = vg.sweep("a {cat}", model=["veo-3-1", "kling-v2-5-turbo"], cat=["owl", "fox"]).wait(60)
    assert [job.provider for job in made.jobs] == ["infery", "infery", "infinityblue", "infinityblue"]
    assert infery.prompts == blue.prompts == ["a fox", "a owl"]
    assert {body["model"] for body in blue.posts} == {"kling-v2-5-turbo"}
    assert all(job.path and job.path.exists() for job in made.jobs)


def test_providers_may_be_swept(farm: FarmOf) -> None:
    """By their names."""
    infery, blue = farm(), farm("infinityblue")
    vg.sweep("x", provider=["infery", "infinityblue"]).wait(60)
    assert (len(infery.posts), len(blue.posts)) == (1, 1)


# -- pictures -----------------------------------------------------------------------------


def picture(shade: int, edge: int = 40) -> Any:
    """An array whose printed form does not tell it from another."""
    made = np.zeros((edge, edge, 3), np.uint8)
    made[edge // 2, edge // 2] = shade
    return made


def test_pictures_in_any_form(tmp_path: Path) -> None:
    """Named by their files, else by their number; each one is the picture that was given."""
    buffer = io.BytesIO()
    Image.fromarray(picture(9)).save(buffer, "PNG")
    (tmp_path / "boat#1.png").write_bytes(buffer.getvalue())
    (tmp_path / "b").mkdir()
    Image.fromarray(picture(8)).save(tmp_path / "b" / "boat.png")
    values = [
        None,
        "boat#1.png",
        tmp_path / "b" / "boat.png",
        picture(1),
        picture(2),
        Image.fromarray(picture(3)),
        "https://e.org/c/owl.png?size=2",
    ]
    plan = planned(axes={"image": values})
    (axis,) = plan.axes
    assert axis.values == (None, "boat#1.png", "boat.png", "4", "5", "6", "owl.png")
    hashes = [each.request.image and (each.request.image.sha256 or each.request.image.url) for each in plan.plans]
    assert hashes[0] is None
    assert len(set(hashes)) == len(values)


def test_two_pictures_of_one_name(tmp_path: Path) -> None:
    """Are told apart by number; the same picture twice is refused."""
    for name, shade in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        Image.fromarray(picture(shade)).save(tmp_path / name / "x.png")
    assert planned(axes={"image": ["a/x.png", "b/x.png"]}).axes[0].values == ("1", "2")
    with pytest.raises(RequestError, match=r"image has x.png twice"):
        planned(axes={"image": ["a/x.png", "a/x.png"]})


def test_a_signed_link_is_in_no_name(tmp_path: Path) -> None:
    """What grants access to a picture stands neither in the plan's words nor in the journal."""
    links = [f"https://e.org/{name}.png?X-Amz-Signature=0a1b2c{name}" for name in "ab"]
    made = submit_sweep(planned(axes={"image": links}))
    kept = session.backend().journal.path
    told = [repr(made), str(made.axes), str(made.points), str(made.table())]
    assert all("0a1b2c" not in each for each in told)
    made.cancel()
    session.close()
    assert b"0a1b2c" not in b"".join(each.read_bytes() for each in kept.parent.glob("journal*"))


# -- money --------------------------------------------------------------------------------

PRICED = (
    {"id": "veo-3-1", "modality": "video", "credits_per_second": 10},
    {"id": "veo-3-1-fast", "modality": "video", "credits_per_clip": 5},
    {"id": "sora-2", "modality": "video"},
)


def test_the_price_of_all_is_told(farm: FarmOf) -> None:
    """As far as it is known; of what is not, by name."""
    farm(models=PRICED)
    options = {"provider": "infery", "duration": 4}
    assert plan_sweep("x", options, {"model": ["veo-3-1", "veo-3-1-fast"], "count": [1, 2]}).line == (
        "4 jobs (2 models × 2 counts). It costs 135 credits."
    )
    told = plan_sweep("x", options, {"model": ["veo-3-1", "sora-2"]}).line
    assert told == "2 jobs (2 models). It costs 40 credits, and what sora-2 costs is not known."
    assert plan_sweep("x", options, {"model": ["sora-2"]}).line.endswith("The price is not known beforehand.")


def test_a_limit_holds_for_the_sum(farm: FarmOf) -> None:
    """Each of them alone would be cheap enough; at the limit itself it is allowed."""
    server = farm(models=PRICED)
    options = {"provider": "infery", "model": "veo-3-1", "duration": 4}
    assert plan_sweep("x {n}", options, {"n": [1, 2, 3]}, max_cost=120).count == 3
    with pytest.raises(RequestError, match="120 credits, above the 119") as caught:
        vg.sweep("x {n}", n=[1, 2, 3], max_cost=119, **options)  # type: ignore[arg-type]
    assert caught.value.option == "max_cost"
    config.settings().max_cost = 100
    with pytest.raises(RequestError, match="above the 100"):
        vg.sweep("x {n}", n=[1, 2, 3], **options)  # type: ignore[arg-type]
    assert server.posts == []


def test_a_limit_that_can_not_be_checked_is_said(farm: FarmOf) -> None:
    """Once, with the model's name."""
    farm(models=PRICED)
    plan = plan_sweep("x {n}", {"provider": "infery", "model": "sora-2"}, {"n": [1, 2]}, max_cost=10)
    assert plan.note.count("max-cost can't be checked") == 1
    assert "sora-2" in plan.note


def test_too_many_to_submit_unasked(farm: FarmOf) -> None:
    """Twelve go, thirteen do not, unless it is said; the line says how."""
    server = farm()
    with pytest.raises(RequestError, match=r"13 jobs are more than the 12 .*max_jobs=13") as caught:
        vg.sweep("x {n}", n=range(13))
    assert caught.value.option == "max_jobs"
    config.settings().max_jobs = 2
    with pytest.raises(RequestError, match="3 jobs are more than the 2"):
        vg.sweep("x {n}", n=range(3))
    assert server.posts == []
    vg.sweep("x {n}", n=range(3), max_jobs=3).wait(60)
    assert len(server.posts) == 3


@pytest.mark.parametrize("values", [itertools.count(), range(10**12), [*range(1001)]])
def test_values_without_end(values: Any) -> None:
    """Are refused at once."""
    with pytest.raises(RequestError, match=r"more than 1,000|1,001 jobs"):
        vg.sweep("x", seed=values, provider="local")


def test_whatever_holds_several_values_is_swept(capsys: pytest.CaptureFixture[str]) -> None:
    """Sets, generators, arrays and a dict's keys; a pair is one size, an array is one picture."""
    options: dict[str, Any] = {**LOCAL, "max_jobs": 0}
    for values in ({1, 2}, (n for n in (1, 2)), np.array([1, 2]), {1: 0, 2: 0}.keys(), map(int, "12"), range(1, 3)):
        with pytest.raises(RequestError, match="2 jobs"):
            vg.sweep("a {n}", n=values, **options)
    with pytest.raises(RequestError, match="1 jobs"):
        vg.sweep("x", **{**options, "size": (64, 64), "image": picture(1), "param.x": 5})


# -- what need not be made again ----------------------------------------------------------


def test_the_same_request_with_the_same_seed_is_not_bought_again(
    farm: FarmOf, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by another sweep, nor where `generate` had made it; and it says so."""
    server = farm("infinityblue")
    first = vg.generate("a cat", provider="infinityblue", seed=1).wait(60)
    again = vg.sweep("a cat", provider="infinityblue", seed=[1, 2]).wait(60)
    assert again.jobs[0] is first
    assert len(server.posts) == 2
    assert again.reused == {first.id}
    third = vg.sweep("a {x}", provider="infinityblue", seed=[2, 3], x=["cat"]).wait(60)
    assert third.jobs[0] is again.jobs[1]
    assert len(server.posts) == 3
    assert "1 to make, 1 made before with the same seed" in capsys.readouterr().out


def test_what_is_made_again(farm: FarmOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another seed, request, model or folder, no seed, a file that is gone, and what is asked for afresh."""
    server = farm("infinityblue")
    options: dict[str, Any] = {"provider": "infinityblue"}

    def bought(prompt: str = "a cat", **more: Any) -> int:
        before = len(server.posts)
        vg.sweep(prompt, **{**options, "seed": [1], **more}).wait(60)
        return len(server.posts) - before

    assert bought() == 1
    assert bought() == 0
    assert bought(seed=[2]) == 1
    assert bought("a fox") == 1
    assert bought(model="veo_3_1") == 1
    assert bought(params={"style": "ink"}) == 1
    assert bought(duration=4) == 1
    assert bought(seed=None) == bought(seed=None) == 1
    assert bought(fresh=True) == 1
    assert bought(model="VEO 3.1 fast") == 0  # another name of the default model
    config.settings().output_dir = str(tmp_path / "elsewhere")
    assert bought() == 1
    config.settings().output_dir = None
    assert bought() == 0
    for path in (tmp_path / "videogen").glob("*.mp4"):
        path.unlink()
    assert bought() == 1
    other = farm("infinityblue")
    vg.sweep("a cat", seed=[1], **options).wait(60)
    assert len(other.posts) == 1


def test_a_failure_is_not_taken_for_a_clip(farm: FarmOf) -> None:
    """It is submitted again."""
    server = farm("infinityblue")
    for _ in range(2):
        with pytest.raises(vg.VideogenError):
            vg.sweep("fail", provider="infinityblue", seed=[1]).wait(60)
    assert len(server.posts) == 2


def test_one_in_flight_is_joined(farm: FarmOf, tmp_path: Path) -> None:
    """It would not come sooner for being bought twice; for another folder it is another."""
    server = farm("infinityblue")
    first = vg.generate("hold", provider="infinityblue", seed=1)
    joined = vg.sweep("hold", provider="infinityblue", seed=[1])
    assert joined.jobs == (first,)
    config.settings().output_dir = str(tmp_path / "elsewhere")
    assert vg.sweep("hold", provider="infinityblue", seed=[1]).jobs != (first,)
    server.release.set()
    joined.wait(60)
    assert len(server.posts) <= 2


def test_half_of_what_was_asked_is_not_all_of_it() -> None:
    """A job of two clips of which one never came is made again."""
    options: dict[str, Any] = {**LOCAL, "count": 2}
    first = vg.sweep("x", seed=[1], **options).wait(60)
    assert vg.sweep("x", seed=[1], **options).jobs == first.jobs
    with session.backend().journal.write() as db:
        db.execute("DELETE FROM clips WHERE place = 1")
    assert plan_sweep("x", options, {"seed": [1]}).existing == (None,)


def test_another_picture_behind_a_signed_link_is_another_request(farm: FarmOf) -> None:
    """Nothing of the link is kept that could tell them apart, so no clip is taken for it; of a plain link it is."""
    farm("infinityblue")
    for query, made in (("id={}&X-Amz-Signature=0a1b2c", 0), ("id={}", 1)):
        links = [f"https://e.org/get?{query}".format(name) for name in "ab"]
        vg.sweep("x", provider="infinityblue", seed=[1], image=links[0]).wait(60)
        plans = [plan_sweep("x", {"provider": "infinityblue", "image": link}, {"seed": [1]}) for link in links]
        assert [plan.count for plan in plans] == [1 - made, 1]


def test_one_clip_is_not_paid_for_twice_within_a_sweep(farm: FarmOf) -> None:
    """Where two combinations come to one request with one seed, the line names them; without a seed they differ."""
    server = farm("infinityblue")
    options: dict[str, Any] = {"provider": "infinityblue"}
    with pytest.raises(RequestError, match=r"model veo_3_1 and VEO 3\.1 make the same request"):
        vg.sweep("x", model=["veo_3_1", "VEO 3.1"], seed=1, **options)
    with pytest.raises(RequestError, match="cat owl and fox make the same"):
        vg.sweep(["a {cat}", "a dog"], cat=["owl", "fox"], seed=1, **options)
    assert server.posts == []
    assert plan_sweep("", options, {"prompt": ["a {cat}", "a dog"], "cat": ["owl", "fox"]}).count == 4


# -- what is opened again -----------------------------------------------------------------


def test_a_sweep_is_opened_by_its_id(farm: FarmOf) -> None:
    """With its jobs, points and headings; by the beginning of its id too; not by nothing."""
    farm()
    made = vg.sweep("a {cat}", cat=["owl", "fox"], size=[(1280, 720)], columns=1).wait(60)
    for name in (made.id, made.id[:5]):
        found = open_grid(name)
        assert isinstance(found, vg.Sweep)
        assert (found.id, found.jobs, found.prompt) == (made.id, made.jobs, made.prompt)
        assert [point["cat"] for point in found.points] == ["owl", "fox"]
    assert open_grid("") is None
    assert open_grid("gzzzzzzzz") is None
    with pytest.raises(RequestError, match="No job ''"):
        vg.compare("")


def test_a_sweep_run_again_is_the_same_sweep(farm: FarmOf) -> None:
    """With its picks, where nothing was new; not where something was, nor where the parameters have other names."""
    farm("infinityblue")
    options: dict[str, Any] = {"provider": "infinityblue", "seed": 1}
    first = vg.sweep("a {cat}", cat=["owl", "fox"], **options).wait(60)
    first.pick(first.jobs[1])
    again = vg.sweep("a {cat}", cat=["owl", "fox"], **options)
    assert (again.id, again.jobs) == (first.id, first.jobs)
    assert again.picks.winner
    other = vg.sweep("a {pet}", pet=["owl", "fox"], **options)
    assert (other.jobs, other.id == first.id) == (first.jobs, False)
    assert vg.compare(first.id).places[0].point == {"cat": "owl"}
    assert vg.compare(other.id).places[0].point == {"pet": "owl"}
    more = vg.sweep("a {cat}", cat=["owl", "fox", "elk"], **options)
    assert more.id != first.id
    afresh = vg.sweep("a {cat}", cat=["owl", "fox"], fresh=True, **options)
    assert afresh.id != first.id


def test_columns_that_are_not_swept(farm: FarmOf) -> None:
    """Are refused before anything is sent."""
    server = farm()
    with pytest.raises(RequestError, match="'seed' is not swept; cat is"):
        vg.sweep("a {cat}", cat=["owl", "fox"], columns="seed")
    for number in (0, -1):
        with pytest.raises(RequestError, match="columns"):
            vg.sweep("a {cat}", cat=["owl", "fox"], columns=number)
    assert server.posts == []


# -- comparisons --------------------------------------------------------------------------


def test_what_jobs_differ_in() -> None:
    """Only that, in the order of a request's fields, with what is not set."""
    jobs = [
        a_job("a", id="one", options={"seed": 0, "params": {"x": 1}}),
        a_job("a", id="two", options={"duration": 4, "params": {"x": 2}}),
        a_job("a", id="three", options={"seed": 0}, model="other"),
    ]
    assert [(axis.name, axis.values) for axis in compare(jobs).axes] == [
        ("model", ("veo-3-1", "other")),
        ("seed", (0, None)),
        ("param.x", (1, 2, None)),
        ("duration", (None, 4)),
    ]
    assert compare(jobs[:1]).axes == ()


def test_jobs_that_have_little_in_common(farm: FarmOf) -> None:
    """One sets what another leaves open: that is a difference like others."""
    farm()
    farm("infinityblue")
    a = vg.generate("x", provider="infery", duration=2, params={"style": "ink"}).wait(60)
    b = vg.generate("y", provider="infinityblue", seed=0, resolution="720p").wait(60)
    made = vg.compare(a, b)
    assert made.places[0].point == {
        "model": "veo-3-1-fast",
        "provider": "infery",
        "prompt": "x",
        "duration": 2,
        "param.style": "ink",
        "seed": None,
        "resolution": None,
    }
    assert made.places[1].point["duration"] is None
    assert vg.compare(b, a).jobs == (b, a)
    again = open_grid(made.id)
    assert again
    assert again.places == made.places


def test_the_same_comparison_is_one(farm: FarmOf) -> None:
    """With what was picked from it; in another order it is another."""
    farm()
    a, b, c = (vg.generate(f"x {n}", provider="infery").wait(60) for n in range(3))
    first = vg.compare(a, b)
    first.pick(a)
    assert vg.compare([a], b).id == vg.compare(a.id, b).id == vg.compare(x for x in (a, b)).id == first.id
    assert vg.compare(first).id == first.id
    assert vg.compare(first.id).id == first.id
    assert vg.compare(a, b).picks.winner
    others = {vg.compare(b, a).id, vg.compare(a, b, c).id, vg.compare(a).id, vg.compare(b).id}
    assert len(others | {first.id}) == 5


def test_what_can_be_compared(farm: FarmOf) -> None:
    """Jobs, sweeps, ids of either, and lists of them; nothing twice, and nothing else."""
    farm()
    a = vg.generate("x", provider="infery").wait(60)
    made = vg.sweep("a {cat}", cat=["owl", "fox"]).wait(60)
    assert vg.compare(made) is made
    assert isinstance(vg.compare(made.id), vg.Sweep)
    both = vg.compare(a, made)
    assert both.jobs == (a, *made.jobs)
    assert vg.compare([a.id, [made.id]]).id == both.id
    for given, told in (
        ((), "Nothing to compare"),
        (([],), "Nothing to compare"),
        ((a, a.id), f"Job {a.id} is given twice"),
        ((a, [made, made.jobs[0]]), "given twice"),
        (("nothing",), "No job 'nothing'"),
        ((5,), "not int"),
        ((a, None), "not NoneType"),
    ):
        with pytest.raises(RequestError, match=told):
            vg.compare(*given)
