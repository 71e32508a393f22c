"""The built-in engine: painted scenes for text, camera moves for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from .arrays import Bytes
from .camera import view_at
from .film import Film
from .lens import Lens
from .moment import Item, Moment, compose
from .palette import palette_for
from .photo import photo_frames
from .scene import read_scene
from .spec import RenderSpec
from .weather import weather_items


class ProceduralEngine:
    """Draws what prompt and seed decide, with no model and no download."""

    name = "procedural"

    def frames(self, spec: RenderSpec) -> Iterator[Bytes]:
        """Yield the frames of `spec`; see `Engine.frames`."""
        scene = read_scene(spec.prompt, spec.seed, spec.negative_prompt)
        if spec.image is not None:
            yield from photo_frames(spec.image, scene.move, spec.width, spec.height, spec.frame_count)
            return
        palette = palette_for(scene)
        place = import_module(f".places.{scene.place}", __package__)
        lens = Lens(spec.width, spec.height, scene.move)
        items: list[Item] = [*place.build(scene, palette, lens), *weather_items(scene, palette, lens)]
        film = Film(spec.width, spec.height, scene.rng("film"))
        moment = Moment(lens)
        for index in range(spec.frame_count):
            moment.seconds = index / spec.fps
            moment.view = view_at(scene.move, index / max(1, spec.frame_count - 1))
            compose(items, moment)
            yield film.develop(moment)
