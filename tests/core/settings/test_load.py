"""ronda.toml: what it gives when it is right, and one sentence for everything that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nvr_core import settings
from nvr_core.settings import SettingsError
from nvr_core.wire.wants import Login

WHOLE = """
data = "/srv/ronda"
runtime = "run"

[server]
host = "::1"
port = 8081

[storage]
folder = "~/disk"
limit = "500 GiB"

[[camera]]
name = "Gang Mawar"
main = "rtsp://10.0.0.7/main"
sub = "rtsp://10.0.0.7/sub"
user = "admin"
password = "rahasia"
transport = "udp"
audio = true
verify_tls = false
keep = false

[[camera]]
name = "Pos RW"
main = "rtsp://admin:p%40ss@10.0.0.8/main"
"""

CAMERA = '[[camera]]\nname = "a"\nmain = "rtsp://h/a"\n'


def parse(text: str) -> settings.Settings:
    return settings.parse(text, Path("/etc/ronda/ronda.toml"))


def refused(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("../disk/", "/etc/disk"),
        ("/srv/./a//b/../c/", "/srv/a/c"),
        ("//srv", "/srv"),
        (".", "/etc/ronda"),
    ],
)
def test_a_folder_has_one_path_however_it_is_written(written: str, means: str) -> None:
    assert str(parse(f'[storage]\nfolder = "{written}"').volume) == means


def test_everything_written_arrives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = parse(WHOLE)
    assert found.data == Path("/srv/ronda")
    assert found.runtime == Path("/etc/ronda/run")
    assert found.volume == tmp_path / "disk"
    assert (found.server.host, found.server.port) == ("::1", 8081)
    assert found.storage.limit == 500 << 30
    mawar, pos = found.camera
    assert (mawar.main.url, mawar.sub and mawar.sub.url) == (
        "rtsp://10.0.0.7/main",
        "rtsp://10.0.0.7/sub",
    )
    assert mawar.login == Login(user="admin", password="rahasia")
    assert (mawar.transport, mawar.audio, mawar.verify_tls, mawar.keep) == (
        "udp",
        True,
        False,
        False,
    )
    assert pos.main.url == "rtsp://10.0.0.8/main"
    assert pos.login == Login(user="admin", password="p@ss")


def test_an_empty_file_is_an_office_without_cameras() -> None:
    found = parse("")
    assert found.data == Path("/etc/ronda/data")
    assert found.volume == Path("/etc/ronda/data/volume")
    assert (found.server.host, found.server.port) == ("127.0.0.1", 8080)
    assert (found.runtime, found.storage.limit, found.camera) == (None, None, ())


def test_what_a_camera_is_by_default() -> None:
    camera = parse(CAMERA).camera[0]
    assert (camera.sub, camera.login, camera.transport) == (None, None, "tcp")
    assert (camera.audio, camera.verify_tls, camera.keep) == (False, True, True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('dta = "x"', "field dta is not known; did you mean data?"),
        ("data = 5", "field data: 5 is not the path of a folder"),
        ('plugins.blocked = "a"', '[plugins], field blocked: "a" is not a list of names'),
        (
            "plugins.blocked = [1]",
            "[plugins], field blocked: a list with something that is no name",
        ),
        ("plugins.bloked = []", "[plugins], field bloked is not known; did you mean blocked?"),
        ("server = 5", "[server]: 5 is not a table, [server]"),
        ("server.port = 99999", "[server], field port: 99999 is not a port from 1 to 65535"),
        ('server.port = "80"', '[server], field port: "80" is not a port from 1 to 65535'),
        ("server.port = true", "[server], field port: true is not a port from 1 to 65535"),
        ('server.host = "0.0.0.0"', "no accounts yet"),
        ('server.host = "ronda.example"', '"ronda.example" is not this machine itself'),
        ("server.x = 1", "[server], field x is not known; there are host, port"),
        ('storage.limit = "5 apples"', 'is not a size; write it with its unit, such as "500 GiB"'),
        ("storage.days = 0", "[storage], field days: 0 is not whole days from 1 to 3660"),
        ('storage.limit = "1 MiB"', '"1 MiB" is not a size of at least 64 MiB, such as "500 GiB"'),
        ("storage.limit = 5", "5 is not a size of at least 64 MiB"),
        ("camera = 5", "5 is not a list of tables, each under [[camera]]"),
        ('[camera]\nname = "x"', "is not a list of tables, each under [[camera]]"),
        ("camera = [5]", "[[camera]] 1 is not a table"),
        ("[[camera]]", "[[camera]] 1, field name is missing; write a name of 1 to 60 characters"),
        (CAMERA + 'audio = "yes"', '[[camera]] 1, field audio: "yes" is not true or false'),
        (CAMERA + 'transport = "utp"', 'field transport: "utp" is not "tcp" or "udp"'),
        (CAMERA.replace('"a"', '" "'), 'field name: " " begins or ends with a blank'),
        (CAMERA.replace('"a"', '"a\\u0007"'), "holds a character that cannot be printed"),
        (CAMERA * 2, '[[camera]] 1 and [[camera]] 2 are both named "a"'),
        (
            CAMERA * 2 + CAMERA.replace("rtsp", "htp").replace('"a"', '"b"'),
            "[[camera]] 3, field main",
        ),
        (CAMERA + 'pasword = "rahasia"', "field pasword is not known; did you mean password?"),
        ("a =", "/etc/ronda/ronda.toml is not TOML: Invalid value"),
        ("a = " + "[" * 100_000, "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_would_be_right(
    text: str, sentence: str
) -> None:
    found = refused(text)
    assert sentence in found
    assert found.startswith("/etc/ronda/ronda.toml")


def test_the_address_that_cannot_be_opened() -> None:
    text = CAMERA + CAMERA.replace('"a"', '"b"') + '[[camera]]\nname = "c"\nmain = "htp://h/x"\n'
    assert (
        '[[camera]] 3, field main: "htp://h/x" is not an address Ronda can open; use rtsp://'
        in (refused(text))
    )


def test_all_mistakes_are_told_at_once() -> None:
    found = refused("server.port = 0\n" + CAMERA + "audio = 1\n")
    assert found.splitlines() == [
        "/etc/ronda/ronda.toml has 2 mistakes:",
        "  [server], field port: 0 is not a port from 1 to 65535",
        "  [[camera]] 1, field audio: 1 is not true or false",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'main = "rtsp://u:rahasia@h:99999/"',
        'main = "htp://u:rahasia@h/"',
        'main = "rtsp://u:rahasia@h/"\npassword = 5',
        'main = "rtsp://u:rahasia@h/"\nuser = 5\npassword = "rahasia"',
        'main = "rtsp://u:rahasia@h/"\npassword = "rahasia"',
        f'main = "rtsp://h/"\npassword = "{"rahasia" * 100}"',
    ],
)
def test_no_sentence_repeats_a_password(line: str) -> None:
    assert "rahasia" not in refused(f'[[camera]]\nname = "a"\n{line}')


def test_no_repr_repeats_a_password() -> None:
    assert "rahasia" not in repr(parse(WHOLE))


def test_one_login_may_stand_in_both_addresses_but_not_two() -> None:
    two = '[[camera]]\nname = "a"\nmain = "rtsp://u:p@h/a"\nsub = "rtsp://u:{}@h/b"\n'
    assert parse(two.format("p")).camera[0].login == Login(user="u", password="p")
    assert "two different logins" in refused(two.format("q"))


def test_a_file_is_found_here_or_in_etc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "etc" / "ronda.toml"
    monkeypatch.setattr(settings, "SYSTEM", system)
    with pytest.raises(SettingsError, match=r"there is no ronda\.toml.*ronda demo"):
        settings.load(None)
    system.parent.mkdir()
    system.write_text("server.port = 1001")
    assert settings.load(None).server.port == 1001
    (tmp_path / "ronda.toml").write_text("server.port = 1002")
    assert settings.load(None).server.port == 1002
    assert settings.load(None).data == tmp_path / "data"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"# \xff", "line 1: not UTF-8"),
        (b"# fine\n# \xff", "line 2: not UTF-8"),
        (b"#" * (settings.FILE_BYTES + 1), "is larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_settings(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "ronda.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=sentence):
        settings.load(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        settings.load(tmp_path / "ronda.toml")
    with pytest.raises(SettingsError, match="Is a directory"):
        settings.load(tmp_path)
