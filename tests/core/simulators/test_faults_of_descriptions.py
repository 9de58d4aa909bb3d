"""Rows 17 to 19 of the table of faults: damage to the SDP and to the names of tracks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from nvr_core.simulators import Faults, Site
from nvr_core.testing.raw_rtsp import Answer, RawClient

Serve = Callable[..., Awaitable[Site]]
Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]


async def describe(site: Site, client: RawClient, query: str = "") -> Answer:
    answer = await client.ask("DESCRIBE", site.url("cam") + query)
    assert answer.status == 200
    assert answer.body.endswith("\r\n")
    return answer


async def test_without_faults_the_sdp_is_what_rfc_4566_wants(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="aac")
    answer = await describe(site, await dial(site))
    lines = answer.body.split("\r\n")
    assert [line[:2] for line in lines[:5]] == ["v=", "o=", "s=", "c=", "t="]
    assert "a=rtpmap:96 H264/90000" in lines
    assert "a=rtpmap:97 MPEG4-GENERIC/32000/1" in lines
    assert "a=framerate:12" in lines
    assert answer.get("Content-Base") == site.url("cam") + "/"
    assert [line for line in lines if line.startswith("a=control:")] == [
        "a=control:*",
        "a=control:trackID=0",
        "a=control:trackID=1",
    ]


async def test_row_17_audio_lacks_its_configuration(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="aac", faults=Faults(audio_sdp="no-config"))
    body = (await describe(site, await dial(site))).body
    assert "a=rtpmap:97 MPEG4-GENERIC/32000/1" in body
    assert "fmtp:97" not in body
    assert "fmtp:96" in body


async def test_row_17_nothing_is_said_about_the_audio(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="aac", faults=Faults(audio_sdp="no-rtpmap"))
    body = (await describe(site, await dial(site))).body
    assert "m=audio 0 RTP/AVP 97" in body
    assert "rtpmap:97" not in body
    assert "fmtp:97" not in body


@pytest.mark.parametrize(
    ("damage", "there", "gone"),
    [
        ("many-s", "s=cam\r\ns=\r\ns=RTSP Session\r\ns= \r\n", None),
        ("broken-c", "\r\nc=IN  \r\n", "c=IN IP4"),
        ("no-origin", "v=0\r\ns=cam\r\n", "\r\no="),
        ("odd-m", "m=application/TP-LINK 0 RTP/AVP smart/1/90000\r\n", None),
        ("trailing-blanks", "a=control:trackID=0  \r\n", "trackID=0\r\n"),
    ],
)
async def test_row_18_the_sdp_is_damaged(
    wrong: Wrong, dial: Dial, damage: str, there: str, gone: str | None
) -> None:
    site = await wrong(sdp=(damage,))
    body = (await describe(site, await dial(site))).body
    assert there in body
    assert gone is None or gone not in body


async def test_row_18_parameter_sets_are_cut_off(wrong: Wrong, dial: Dial) -> None:
    whole = await wrong()
    damaged = await wrong(sdp=("bad-sprop",))
    good = (await describe(whole, await dial(whole))).body
    bad = (await describe(damaged, await dial(damaged))).body
    good_text, bad_text = (
        text.split("sprop-parameter-sets=")[1].split()[0] for text in (good, bad)
    )
    assert bad_text.endswith("!")
    assert good_text.startswith(bad_text.split(",")[0].rstrip("!"))
    assert len(bad_text) < len(good_text)


async def test_row_18_formats_stand_at_the_wrong_tracks(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="aac", faults=Faults(sdp=("misplaced-fmtp",)))
    video, audio = (
        (await describe(site, await dial(site))).body.split("m=video")[1].split("m=audio")
    )
    assert ("fmtp:97" in video, "fmtp:96" in video) == (True, False)
    assert ("fmtp:97" in audio, "fmtp:96" in audio) == (False, True)


async def test_row_18_the_format_of_a_lone_track_stands_before_it(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(sdp=("misplaced-fmtp",))
    session, video = (await describe(site, await dial(site))).body.split("m=video")
    assert ("fmtp:96" in session, "fmtp:96" in video) == (True, False)


async def accepted(client: RawClient, url: str) -> bool:
    way = "RTP/AVP/TCP;unicast;interleaved=0-1"
    status = (await client.ask("SETUP", url, Transport=way)).status
    assert status in (200, 400, 404)
    return status == 200


async def test_row_19_controls_are_whole_addresses(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(control="absolute")
    client = await dial(site)
    url = site.url("cam")
    body = (await describe(site, client)).body
    assert f"a=control:{url}/absolute/trackID=0\r\n" in body
    assert not await accepted(client, f"{url}/trackID=0")
    assert await accepted(client, f"{url}/absolute/trackID=0")


async def test_row_19_content_base_has_its_scheme_twice(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(control="double-scheme")
    client = await dial(site)
    url = site.url("cam")
    assert (await describe(site, client)).get("Content-Base") == f"rtsp://{url}/"
    assert not await accepted(client, f"rtsp://{url}/trackID=0")
    assert await accepted(client, f"{url}/trackID=0")


async def test_row_19_there_is_no_content_base(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(control="no-base")
    client = await dial(site)
    assert (await describe(site, client)).get("Content-Base") == ""
    assert await accepted(client, site.url("cam") + "/trackID=0")


async def test_row_19_the_camera_believes_in_another_host(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(control="wrong-host")
    client = await dial(site)
    answer = await describe(site, client)
    assert answer.get("Content-Base") == "rtsp://192.168.1.64:554/cam/"
    assert "a=control:rtsp://192.168.1.64:554/cam/trackID=0\r\n" in answer.body
    assert await accepted(client, site.url("cam") + "/trackID=0")


async def test_row_19_tracks_are_named_behind_the_query(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(control="after-query")
    client = await dial(site)
    query = "?channel=1&subtype=0"
    url = site.url("cam") + query
    answer = await describe(site, client, query)
    assert answer.get("Content-Base") == url + "/"
    assert not await accepted(client, f"{site.url('cam')}/trackID=0{query}")
    assert await accepted(client, f"{url}/trackID=0")


async def test_row_19_the_track_has_no_name_of_its_own(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="aac", faults=Faults(control="bare"))
    client = await dial(site)
    body = (await describe(site, client)).body
    assert body.count("a=control:") == 1
    assert "m=audio" not in body
    assert not await accepted(client, site.url("cam") + "/trackID=0")
    assert await accepted(client, site.url("cam"))


async def test_an_unknown_codec_is_named_in_the_sdp(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(encoding="VP9")
    assert "a=rtpmap:96 VP9/90000\r\n" in (await describe(site, await dial(site))).body
