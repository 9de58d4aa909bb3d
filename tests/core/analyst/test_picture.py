"""The picture that comes out is the frame that was asked for, whatever the bytes."""

import io
import os
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from nvr_core.analyst import picture
from nvr_core.analyst.part import read_part
from nvr_core.analyst.picture import draw
from nvr_core.media import h264, reading, segment
from nvr_core.recorder import framing
from nvr_core.wire.pictures import NoPicture, PictureWanted
from tests.core.analyst.conftest import GOP, TICKS, Made, make, number_in
from tests.core.media import encoded


@pytest.fixture(params=["libx264", "libx264 with B-frames", "libx265"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    codec, _, bframes = request.param.partition(" with ")
    return make(tmp_path / "made.mp4", codec, bframes=2 if bframes else 0)


def shown(made: Made, wanted: PictureWanted) -> bytes:
    part = read_part(wanted, [made.path.parent])
    return draw(part, wanted.at, wanted.width, seconds=20)


def test_the_frame_shown_at_a_time(made: Made) -> None:
    for frame in (0, 1, 5, GOP - 1):
        number = GOP + frame
        assert number_in(shown(made, made.wanted(1, at=number * TICKS))) == number
        assert number_in(shown(made, made.wanted(1, at=number * TICKS + TICKS - 1))) == number


def test_the_newest_frame_and_the_ends(made: Made) -> None:
    assert number_in(shown(made, made.wanted(2))) == 3 * GOP - 1
    assert number_in(shown(made, made.wanted(1, at=0))) == GOP
    assert number_in(shown(made, made.wanted(1, at=1 << 40))) == 2 * GOP - 1


def test_only_what_is_needed_is_decoded(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    part = read_part(made.wanted(0), [tmp_path])
    assert [len(part.until(at)) for at in (-1, 0, 2 * TICKS, None)] == [1, 1, 3, GOP]


def test_width_shape_and_range(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    for asked, size in ((80, (80, 48)), (640, (encoded.WIDTH, encoded.HEIGHT)), (101, (101, 61))):
        with av.open(io.BytesIO(shown(made, made.wanted(width=asked))), "r", "jpeg_pipe") as jpeg:
            frame = next(jpeg.decode(video=0))
        assert (frame.width, frame.height) == size
        assert frame.format.name == "yuvj420p"
    # Studio black (16) and white (235) become 0 and 255.
    luma = bytes(frame.planes[0])
    assert min(luma) < 10
    assert max(luma) > 245


@pytest.mark.parametrize(
    ("matrix", "height", "red"),
    [("bt709", 96, (63, 102, 240)), ("smpte170m", 720, (81, 90, 240)), ("", 720, (63, 102, 240))],
)
def test_red_is_red(matrix: str, height: int, red: tuple[int, int, int], tmp_path: Path) -> None:
    """HD and SD mix colours differently, and a JPEG only as SD does."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 160, height, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"x264-params": f"colormatrix={matrix}" if matrix else "ref=1"}
    frame = av.VideoFrame(160, height, "yuv420p")
    for plane, level in zip(frame.planes, red, strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    frame.pts = 0
    coded = [*encoder.encode(frame), *encoder.encode(None)]
    units = framing.annex_b(b"".join(map(bytes, coded)))
    sets = [next(unit for unit in units if unit[0] & 31 == kind) for kind in (7, 8)]
    data = b"".join(len(u).to_bytes(4, "big") + u for u in units if u[0] & 31 == 5)
    footage = encoded.Footage(config=h264.config(*sets), frames=(encoded.Frame(0, True, data),))
    path = tmp_path / "red.mp4"
    path.write_bytes(encoded.build(footage))
    with path.open("rb") as file:
        found = reading.read(file)
    (part,) = segment.parts(found.fragments)
    wanted = PictureWanted(
        path=str(path), init_size=found.init_size, offset=part.offset, size=part.size
    )
    jpeg = draw(read_part(wanted, [tmp_path]), None, 160, seconds=20)
    with av.open(io.BytesIO(jpeg), "r", "jpeg_pipe") as opened:
        shown_planes = next(opened.decode(video=0)).planes
    for plane, level in zip(shown_planes, (76, 85, 255), strict=True):
        assert abs(bytes(plane)[plane.line_size + 20] - level) <= 4


def test_a_pixel_that_is_not_square(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    part = replace(read_part(made.wanted(), [tmp_path]), aspect=(1, 2))
    with av.open(io.BytesIO(draw(part, None, 640, seconds=20)), "r", "jpeg_pipe") as jpeg:
        frame = next(jpeg.decode(video=0))
    assert (frame.width, frame.height) == (encoded.WIDTH // 2, encoded.HEIGHT)


def test_a_damaged_frame_costs_only_itself(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    part = read_part(made.wanted(), [tmp_path])
    content = bytearray(part.content)
    lost = part.frames[4]
    content[lost.offset : lost.offset + lost.size] = bytes(lost.size)
    torn = replace(part, content=bytes(content))
    assert number_in(draw(torn, 3 * TICKS, 640, seconds=20)) == 3
    assert number_in(draw(torn, 4 * TICKS, 640, seconds=20)) == 3


def test_nothing_but_no_picture_comes_of_mutated_bytes(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    content = made.path.read_bytes()
    dice = random.Random(4)
    drawn = 0
    for _ in range(150):
        mutated = bytearray(content)
        start, end = dice.choice(((0, made.init_size), (made.parts[0].offset, len(content))))
        for _ in range(dice.choice((1, 4, 64))):
            mutated[dice.randrange(start, end)] = dice.randrange(256)
        made.path.write_bytes(mutated)
        try:
            drawn += shown(made, made.wanted(0)).startswith(b"\xff\xd8")
        except NoPicture:
            continue
    assert 0 < drawn < 150


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"path": "/etc/passwd"}, "lies under no folder that the analyst may read"),
        ({"path": "{}/none.mp4"}, "is gone"),
        ({"path": "{}/link.mp4"}, "lies under no folder"),
        ({"path": "{}/../etc/passwd"}, "lies under no folder"),
        ({"path": "{}/pipe"}, "is not a file"),
        ({"path": "{}"}, "cannot be read"),
        ({"offset": 1 << 40}, "ends before byte"),
        ({"offset": 100}, r"no whole fragment at byte 100 .*damaged from byte"),
        ({"init_size": 100}, "cannot be read"),
        ({"size": 40}, "holds no whole fragment"),
    ],
)
def test_refusals_name_what_is_wrong(
    tmp_path: Path, change: dict[str, str | int], sentence: str
) -> None:
    made = make(tmp_path / "made.mp4")
    (tmp_path / "link.mp4").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    path = str(change.get("path", made.path)).format(tmp_path)
    wanted = replace(made.wanted(), **{**change, "path": path})  # type: ignore[arg-type] # fields of the test's own
    with pytest.raises(NoPicture, match=sentence):
        read_part(wanted, [tmp_path.resolve()])


def test_a_part_that_begins_without_a_key_frame(tmp_path: Path) -> None:
    made = make(tmp_path / "made.mp4")
    with made.path.open("rb") as file:
        second = reading.read(file).fragments[1]
    wanted = replace(made.wanted(), offset=second.offset, size=second.size)
    with pytest.raises(NoPicture, match="has no key frame"):
        read_part(wanted, [tmp_path])


def test_sound_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    path.write_bytes(encoded.build(encoded.sound("aac")))
    with path.open("rb") as file:
        found = reading.read(file)
    part = segment.parts(found.fragments)[0]
    wanted = PictureWanted(
        path=str(path), init_size=found.init_size, offset=part.offset, size=part.size
    )
    with pytest.raises(NoPicture, match=r"no H\.264 or H\.265 video"):
        read_part(wanted, [tmp_path])


def test_bounds_of_pixels_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(tmp_path / "made.mp4")
    with pytest.raises(NoPicture, match="took too long"):
        draw(read_part(made.wanted(), [tmp_path]), None, 640, seconds=-1)
    monkeypatch.setattr(picture, "MAX_PIXELS", encoded.WIDTH * encoded.HEIGHT - 1)
    with pytest.raises(NoPicture, match="decoded"):
        shown(made, made.wanted())
