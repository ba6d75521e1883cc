"""One frame at a time from decoded samples to planes, by a recipe that stands for the clip."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

import kernels
from functions.colour.camera.overrides import CameraOverrides
from functions.colour.camera.to_aces import Development, camera_to_aces
from functions.colour.chain.values import Chain
from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource
from functions.contract.operation import Work
from functions.contract.picture import Alpha, Picture
from functions.picture.frames.bands import in_bands
from functions.picture.frames.raw import Crop, develop
from functions.picture.framing import canvas
from functions.picture.picture_spec import Highlights, Method
from kernels.colour.steps import Step

Planes = npt.NDArray[Any]
DTYPES = {"half": np.float16, "float": np.float32, "word": np.uint16}


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to every frame of a clip.

    size : (width, height) that every frame must have, None where any will do (no geometry)
    mapping : geometry in whole output pixels, None without
    first : colour steps on the clip's samples, or on developed ACES2065-1; None = none
    second : colour steps after the geometry; None = none
    middle : dtype of what is between the two
    developed : dtype of camera raw, developed: halves, or floats where floats are written
    turn : quarter turns clockwise before all else
    fields : pictures are two fields, scaled apart
    alpha : how colours stand to alpha in the clip, and in what is made; None without
    """

    size: tuple[int, int] | None
    mapping: canvas.Mapping | None
    first: Chain | None
    second: Chain | None
    middle: Any
    dtype: Any
    method: Method
    highlights: Highlights
    overrides: CameraOverrides
    aces: bool
    filter: str
    turn: int = 0
    fields: bool = False
    alpha: tuple[Alpha, Alpha] | None = None
    developed: Any = np.float16


class Maker:
    """Makes frames by a recipe on its own buffers; one of it for each run of frames.

    threads : that share each frame; the bytes do not depend on it
    """

    def __init__(self, recipe: Recipe, work: Work, threads: int) -> None:
        self._recipe = recipe
        self._work = work
        self._threads = max(1, threads)
        self._buffers: dict[str, Planes] = {}

    def size_of(self, width: int, height: int, number: int) -> tuple[int, int]:
        """(width, height) of the planes of a frame of that size.

        Raises DamagedSource for another size than the one that the geometry is for.
        """
        recipe = self._recipe
        if recipe.turn % 2:
            width, height = height, width
        if recipe.mapping is None:
            return width, height
        if recipe.size != (width, height):
            wanted = "x".join(str(side) for side in recipe.size or ())
            raise DamagedSource(
                f"frame {number} is {width}x{height}, its clip is {wanted}: the framing does "
                "not fit it",
                frame=number,
            )
        return recipe.mapping.width, recipe.mapping.height

    def raw(self, frame: RawFrame, out: Planes, *, backwards: bool) -> None:
        """Develop a raw frame into (3, h, w) `out`; B, G, R where `backwards`."""
        recipe = self._recipe
        with self._work.stage("colour"):
            colour = camera_to_aces(frame.camera, frame.layout, recipe.overrides)
            for key, value in colour.assumed.items():
                self._work.assume(key, value)
        straight = recipe.first is None and recipe.second is None and out.dtype == recipe.developed
        mapping = recipe.mapping
        if straight and not recipe.turn and (mapping is None or mapping.copied is not None):
            place, crop = out, frame.crop
            if mapping is not None:
                canvas.blacken(out, mapping)
                place, crop = _part(out, mapping), _cropped(frame.crop, mapping)
            self._develop(frame, colour, place, crop, backwards)
            return
        width, height = frame.crop[2:]
        whole = self._buffer("developed", (3, height, width), recipe.developed)
        self._develop(frame, colour, whole, frame.crop, backwards=False)
        self._finish(whole, out[::-1] if backwards else out)

    def decoded(self, picture: Picture, out: Planes, *, backwards: bool) -> None:
        """Turn a decoded picture into (3, h, w) `out`."""
        from functions.picture.frames.samples import fits_kernel, unpacked

        if fits_kernel(picture) and not self._recipe.turn:
            self._of_video(picture, out[::-1] if backwards else out)
            return
        with self._work.stage("colour"):
            image, steps = unpacked(picture, self._buffer)
        self._finish(image, out[::-1] if backwards else out, steps)

    def with_alpha(self, picture: Picture, out: Planes, alpha_out: Planes) -> None:
        """Turn a decoded picture with alpha into (3, h, w) `out` and (h, w) `alpha_out`."""
        from functions.picture.frames import alpha
        from functions.picture.frames.samples import fits_kernel, unpacked

        recipe, mapping = self._recipe, self._recipe.mapping
        assert recipe.alpha is not None
        given, wanted = recipe.alpha
        height, width = picture.planes[0].shape
        image = self._buffer("colours", (3, height, width), np.float32)
        with self._work.stage("colour"):
            if fits_kernel(picture):
                self._matrixed(picture, None, image)
            else:
                samples, ahead = unpacked(picture, self._buffer)
                self._colour(None, samples, image, ahead)
            held = self._buffer("alpha", (height, width), np.float32)
            cover = alpha.normal(picture.alpha, picture.bits, held)
            if recipe.turn:
                image = np.ascontiguousarray(np.rot90(image, -recipe.turn, axes=(1, 2)))
                cover = np.ascontiguousarray(np.rot90(cover, -recipe.turn))
            if given == "premultiplied":
                alpha.divide(image, cover, codes=picture.bits > 0)
            if mapping is None:
                self._colour(recipe.first or recipe.second, image, image)
            elif mapping.copied is not None:
                rows, columns = mapping.copied
                image, cover = image[:, rows, columns].copy(), cover[rows, columns]
                self._colour(recipe.first or recipe.second, image, image)
            else:
                self._colour(recipe.first, image, image)
                alpha.multiply(image, cover, lights=given == "premultiplied")
                image, cover = self._scaled_with(image, cover)
                alpha.divide(image, cover)
                self._colour(recipe.second, image, image)
            if wanted == "premultiplied":
                alpha.multiply(image, cover, lights=given == "premultiplied")
            place: Any = (slice(None), slice(None)) if mapping is None else mapping.place
            self._colour(None, image, out[:, *place])
            alpha.words(cover, alpha_out[place])
            if mapping is not None:
                canvas.blacken(out, mapping)
                canvas.blacken(alpha_out[None], mapping)

    def _scaled_with(self, image: Planes, cover: Planes) -> tuple[Planes, Planes]:
        """Multiplied colours and their alpha, landed; both in new arrays."""
        recipe, mapping = self._recipe, self._recipe.mapping
        assert mapping is not None
        rows, columns = mapping.place
        landed = np.empty((4, rows.stop - rows.start, columns.stop - columns.start), np.float32)
        whole = np.concatenate([image, cover[None]])
        canvas.resample(whole, mapping, landed, recipe.filter, self._threads, fields=recipe.fields)
        return landed[:3], landed[3]

    def _of_video(self, picture: Picture, out: Planes) -> None:
        """Y'CbCr planes: chroma, matrix and the first colour steps in one pass."""
        recipe, mapping = self._recipe, self._recipe.mapping
        height, width = picture.planes[0].shape
        whole = mapping is None or (mapping.whole and _covers(mapping, width, height))
        chain = recipe.first or (recipe.second if whole else None)
        plain = chain is None or chain.before is None
        if whole and plain:
            target = out
        else:
            kind = recipe.middle if plain else np.float32
            target = self._buffer("middle", (3, height, width), kind)
        with self._work.stage("colour"):
            self._matrixed(picture, chain if plain else None, target)
            if whole and not plain:
                self._colour(chain, target, out)
            elif not whole and mapping is not None:
                if not plain:
                    self._colour(chain, target, target)
                if mapping.copied is not None:
                    rows, columns = mapping.copied
                    self._colour(recipe.second, target[:, rows, columns], _part(out, mapping))
                else:
                    self._scaled(target, _part(out, mapping))
                canvas.blacken(out, mapping)

    def _matrixed(self, picture: Picture, chain: Chain | None, target: Planes) -> None:
        """R'G'B' and colour steps into (3, H, W), in bands of rows."""
        from functions.picture.frames.samples import fields_of, has_field_chroma

        if has_field_chroma(picture):
            for number, planes in enumerate(fields_of(picture)):
                field: Literal["top", "bottom"] = "bottom" if number else "top"
                self._banded(picture, planes, chain, target[:, number::2], field)
        else:
            self._banded(picture, picture.planes, chain, target, None)

    def _banded(
        self, picture: Picture, planes: tuple[Planes, Planes, Planes], chain: Chain | None,
        target: Planes, field: Literal["top", "bottom"] | None,
    ) -> None:  # fmt: skip
        from functions.picture.frames.samples import field_siting, siting_of

        steps = () if chain is None else chain.steps
        siting = siting_of(picture) if field is None else field_siting(picture)

        def band(rows: tuple[int, int]) -> None:
            assert picture.matrix is not None
            kernels.from_yuv(
                planes, picture.bits, picture.full, picture.matrix, picture.step,
                steps, target[:, slice(*rows)], siting=siting, field=field, rows=rows,
            )  # fmt: skip

        in_bands(target.shape[1], self._threads, band)

    def _develop(
        self, frame: RawFrame, colour: Development, out: Planes, crop: Crop, backwards: bool
    ) -> None:
        with self._work.stage("debayer"):
            develop(
                frame,
                colour,
                out,
                method=self._recipe.method,
                highlights=self._recipe.highlights,
                aces=self._recipe.aces,
                crop=crop,
                threads=self._threads,
                backwards=backwards,
            )

    def _finish(self, image: Planes, out: Planes, ahead: tuple[Step, ...] = ()) -> None:
        """First colour steps, geometry, second colour steps.

        ahead : what makes R'G'B' of the samples, in one pass with what comes first
        """
        recipe, mapping = self._recipe, self._recipe.mapping
        with self._work.stage("colour"):
            if recipe.turn:
                image = np.ascontiguousarray(np.rot90(image, -recipe.turn, axes=(1, 2)))
            if mapping is None:
                self._colour(recipe.first or recipe.second, image, out, ahead)
                return
            place = _part(out, mapping)
            if mapping.copied is not None:
                rows, columns = mapping.copied
                part = image[:, rows, columns]
                self._colour(recipe.first or recipe.second, part, place, ahead)
            else:
                if recipe.first is not None or ahead or image.dtype == np.uint16:
                    middle = self._buffer("middle", image.shape, recipe.middle)
                    self._colour(recipe.first, image, middle, ahead)
                    image = middle
                self._scaled(image, place)
            canvas.blacken(out, mapping)

    def _scaled(self, image: Planes, place: Planes) -> None:
        recipe, mapping = self._recipe, self._recipe.mapping
        assert mapping is not None
        direct = recipe.second is None and place.dtype != np.uint16
        landed = place if direct else self._buffer("scaled", place.shape, image.dtype)
        canvas.resample(image, mapping, landed, recipe.filter, self._threads, fields=recipe.fields)
        if not direct:
            self._colour(recipe.second, landed, place)

    def _colour(
        self, chain: Chain | None, image: Planes, out: Planes, ahead: tuple[Step, ...] = ()
    ) -> None:
        """A chain from one array to another, in bands of rows."""
        steps = ahead if chain is None else (*ahead, *chain.steps)

        def band(rows: tuple[int, int]) -> None:
            part, target = image[:, slice(*rows)], out[:, slice(*rows)]
            if chain is None or chain.before is None:
                kernels.apply_steps(part, steps, target)
                return
            if ahead:
                part = kernels.apply_steps(part, ahead, np.empty(part.shape, np.float32))
            chain.apply(part, target)

        in_bands(out.shape[1], self._threads, band)

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: Any) -> Planes:
        """An array that is used again from frame to frame."""
        held = self._buffers.get(name)
        if held is None or held.shape != shape or held.dtype != dtype:
            held = self._buffers[name] = np.empty(shape, dtype)
        return held

    def planes(self, width: int, height: int) -> Planes:
        """(3, h, w) for a caller that brings no array."""
        return self._buffer("planes", (3, height, width), self._recipe.dtype)

    def alpha(self, width: int, height: int, *, fresh: bool) -> Planes:
        """(h, w) for alpha; fresh : in memory of its own."""
        if fresh:
            return np.empty((height, width), self._recipe.dtype)
        return self._buffer("covered", (height, width), self._recipe.dtype)


def _covers(mapping: canvas.Mapping, width: int, height: int) -> bool:
    """Whether every pixel of the source is moved to its own place."""
    return mapping.copied == (slice(0, height), slice(0, width))


def _part(out: Planes, mapping: canvas.Mapping) -> Planes:
    rows, columns = mapping.place
    return out[:, rows, columns]


def _cropped(crop: Crop, mapping: canvas.Mapping) -> Crop:
    assert mapping.copied is not None
    rows, columns = mapping.copied
    return (
        crop[0] + columns.start,
        crop[1] + rows.start,
        columns.stop - columns.start,
        rows.stop - rows.start,
    )
