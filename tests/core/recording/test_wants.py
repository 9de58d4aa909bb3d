from __future__ import annotations

from pathlib import Path

from nvr_core.recording.wants import wants
from nvr_core.settings import parse
from nvr_core.testing.watched import hours, told
from nvr_core.wire.wants import Login, StreamWant

TOML = """
[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/1"
sub = "rtsp://10.0.0.7/2"
user = "admin"
password = "rahasia"
audio = true
transport = "udp"
[[camera]]
name = "Dermaga"
main = "https://cams.example/live.m3u8"
keep = false
uplink = ""
[[camera]]
name = "Simpang"
uplink = "radio RW 07"
main = "rtsps://admin:rahasia@10.0.0.7:322/3"
verify_tls = false
"""
IDS = {"Gang Mawar": "mawar", "Dermaga": "dermaga", "Simpang": "simpang"}


def asked(watched: frozenset[tuple[str, str]] = frozenset()) -> dict[str, dict[str, StreamWant]]:
    cameras = [told(one, IDS[one.name]) for one in parse(TOML, Path("/etc/ronda.toml")).camera]
    kept = {one.camera: hours(one.rules, 0) for one in cameras}
    found = wants(cameras, kept, volume="/srv/volume", watched=watched)
    return {name: {want.key: want for want in streams} for name, streams in found.items()}


def test_each_recorder_gets_its_streams() -> None:
    found = asked()
    assert set(found["rtsp"]) == {"mawar/main", "mawar/main-audio", "mawar/sub", "simpang/main"}
    assert set(found["av"]) == {"dermaga/main"}
    assert wants([], {}, volume="/srv/volume") == {"rtsp": (), "av": ()}


def test_main_is_kept_and_sub_lives_in_a_ring() -> None:
    found = asked()
    assert {key: want.keep_always for key, want in found["rtsp"].items()} == {
        "mawar/main": True,
        "mawar/main-audio": True,
        "mawar/sub": False,
        "simpang/main": True,
    }
    assert not found["av"]["dermaga/main"].keep_always
    assert {want.volume for want in found["rtsp"].values()} == {"/srv/volume"}
    assert found["rtsp"]["mawar/sub"].rank < found["rtsp"]["mawar/main"].rank


def test_logins_stand_beside_the_address_and_belong_to_the_device() -> None:
    found = asked()["rtsp"]
    login = Login(user="admin", password="rahasia")
    assert found["simpang/main"].source.url == "rtsps://10.0.0.7:322/3"
    assert {want.source.login for want in found.values()} == {login}
    assert {want.login_group for want in found.values()} == {"admin@10.0.0.7"}
    assert asked()["av"]["dermaga/main"].login_group == "cams.example"
    assert not found["simpang/main"].source.verify_tls
    assert found["mawar/main"].source.transport == "udp"


def test_cameras_share_one_uplink_until_somebody_says_otherwise() -> None:
    found = asked()
    assert {key: want.uplink for key, want in found["rtsp"].items()} == {
        "mawar/main": "office",
        "mawar/main-audio": "office",
        "mawar/sub": "office",
        "simpang/main": "radio RW 07",
    }
    assert found["av"]["dermaga/main"].uplink == ""


def test_sound_comes_from_the_source_of_its_picture() -> None:
    found = asked()["rtsp"]
    assert found["mawar/main-audio"].source == found["mawar/main"].source


def test_fragments_are_short_while_somebody_watches() -> None:
    lengths = {
        key: want.fragment_ms for key, want in asked(frozenset({("mawar", "sub")}))["rtsp"].items()
    }
    assert lengths.pop("mawar/sub") == 250
    assert set(lengths.values()) == {500}
