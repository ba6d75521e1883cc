"""The answer for a clip's camera is worked out once, not once a frame."""

from __future__ import annotations

from msgspec.structs import replace

from functions.colour.camera import to_aces as dng
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.camera import CameraRecord


def test_frames_of_one_clip_share_the_answer() -> None:
    """Timecode, time and exposure time do not ask again; another white balance does."""
    camera = CameraRecord(as_shot_neutral=(0.5, 1.0, 0.7), timecode="01:00:00:00")
    dng._camera_to_aces.cache_clear()
    first = camera_to_aces(camera)
    assert camera_to_aces(replace(camera, timecode="01:00:00:01", shutter_seconds=0.02)) is first
    assert camera_to_aces(replace(camera, as_shot_neutral=(0.6, 1.0, 0.7))) != first
    assert dng._camera_to_aces.cache_info().misses == 2
