"""The built-in engine: painted scenes for text, camera moves for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from videogen_nb.gateway.render.drawing.arrays import Bytes
from videogen_nb.gateway.render.drawing.grain import Film
from videogen_nb.gateway.render.drawing.lens import Lens
from videogen_nb.gateway.render.drawing.moment import Item, Moment, compose
from videogen_nb.gateway.render.engines.photo import photo_frames
from videogen_nb.gateway.render.engines.spec import RenderSpec
from videogen_nb.gateway.render.parts.weather import weather_items
from videogen_nb.gateway.render.scene.camera import view_at
from videogen_nb.gateway.render.scene.palette import palette_for
from videogen_nb.gateway.render.scene.scene import read_scene


class ProceduralEngine:
    """Draws what prompt and seed decide, with no model and no download."""

    def frames(self, spec: RenderSpec) -> Iterator[Bytes]:
        """Yield the frames of `spec`; see `Engine.frames`."""
        scene = read_scene(spec.prompt, spec.seed, spec.negative_prompt)
        if spec.image is not None:
            yield from photo_frames(spec.image, scene.move, spec.width, spec.height, spec.frame_count)
            return
        palette = palette_for(scene)
        place = import_module(f"videogen_nb.gateway.render.places.{scene.place}")
        lens = Lens(spec.width, spec.height, scene.move)
        items: list[Item] = [*place.build(scene, palette, lens), *weather_items(scene, palette, lens)]
        film = Film(spec.width, spec.height, scene.rng("film"))
        moment = Moment(lens)
        for index in range(spec.frame_count):
            moment.seconds = index / spec.fps
            moment.view = view_at(scene.move, index / max(1, spec.frame_count - 1))
            compose(items, moment)
            yield film.develop(moment)
