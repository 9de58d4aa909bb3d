"""Rows 11 to 14, 20, 21, 23 and 26 of the table of faults, as they are on the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from nvr_core.clock import SECOND
from nvr_core.simulators import Faults, Site
from nvr_core.testing.raw_rtsp import Answer, Packet, RawClient

Serve = Callable[..., Awaitable[Site]]
Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]
KEEPALIVES = ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER")


@pytest.mark.parametrize("offered", ["options", "get_parameter", "set_parameter", "none"])
async def test_row_11_one_keepalive_is_offered_and_works(
    wrong: Wrong, dial: Dial, offered: str
) -> None:
    site = await wrong(keepalive=offered, keepalive_status=400)
    client = await dial(site)
    url = site.url("cam")
    public = (await client.ask("OPTIONS", url)).get("Public").split(", ")
    assert [word for word in public if word in KEEPALIVES] == [offered.upper()] * (
        offered != "none"
    )
    session = (await client.play(url)).session
    statuses = [(await client.ask(method, url, Session=session)).status for method in KEEPALIVES]
    assert statuses == [200 if method == offered.upper() else 400 for method in KEEPALIVES]


async def test_row_11_without_the_right_keepalive_the_session_dies(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(timeout_s=1, faults=Faults(keepalive="get_parameter"))
    client = await dial(site)
    url = site.url("cam")
    answer = await client.setup(url)
    assert answer.get("Session").endswith(";timeout=1")
    begun = site.clock.now()
    await client.ask("PLAY", url, Session=answer.session)
    assert (await client.ask("OPTIONS", url, Session=answer.session)).status == 501
    assert await client.closed() is False
    assert 0.9 * SECOND < site.clock.now() - begun < 1.8 * SECOND
    assert site.camera("cam").sessions == ()


async def test_row_11_the_right_keepalive_prolongs_the_session(serve: Serve, dial: Dial) -> None:
    site = await serve(timeout_s=1, faults=Faults(keepalive="get_parameter", mid_gop=True))
    client = await dial(site)
    url = site.url("cam")
    session = (await client.play(url)).session
    begun = site.clock.now()
    while site.clock.now() - begun < 1.6 * SECOND:
        await client.frames(len({packet.timestamp for packet in client.video()}) + 4)
        assert (await client.ask("GET_PARAMETER", url, Session=session)).status == 200
    assert len(site.camera("cam").sessions) == 1


async def test_row_12_packets_come_before_the_reply_to_play(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(stray_packets=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    play = max(place for place, one in enumerate(client.seen) if isinstance(one, Answer))
    early = [one for one in client.seen[:play] if isinstance(one, Packet)]
    assert [packet.channel for packet in early] == [0, 40]
    (frame,) = await client.frames(1)
    ours = {packet.ssrc for packet in client.video()[len(early) - 1 :]}
    assert early[0].ssrc not in ours
    assert frame


async def test_row_12_a_ghost_counts_until_teardown_from_another_connection(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(faults=Faults(ghosts=True, session_limit=1))
    camera, url = site.camera("cam"), site.url("cam")
    first = await dial(site)
    session = (await first.play(url)).session
    first.writer.close()
    await first.writer.wait_closed()
    second = await dial(site)
    assert (await second.setup(url)).status == 453
    assert [(ghost.id, ghost.playing) for ghost in camera.sessions] == [(session, False)]
    assert (await second.ask("TEARDOWN", url, Session=session)).status == 200
    assert (await second.setup(url)).status == 200


async def test_row_12_a_ghost_fades_at_its_time_out(serve: Serve, dial: Dial) -> None:
    site = await serve(timeout_s=1, faults=Faults(ghosts=True, session_limit=1))
    url = site.url("cam")
    first, second = await dial(site), await dial(site)
    await first.play(url)
    first.writer.close()
    await first.writer.wait_closed()
    begun = site.clock.now()
    while (await second.setup(url)).status == 453:
        assert site.clock.now() - begun < 3 * SECOND
    assert site.clock.now() - begun > 0.8 * SECOND


async def test_row_12_without_the_fault_a_closed_connection_ends_its_session(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(faults=Faults(session_limit=1))
    url = site.url("cam")
    first, second = await dial(site), await dial(site)
    await first.play(url)
    assert (await second.setup(url)).status == 453
    first.writer.close()
    begun = site.clock.now()
    while (await second.setup(url)).status == 453:
        assert site.clock.now() - begun < SECOND


@pytest.mark.parametrize(
    ("channels", "said", "channel"),
    [("asked", ";interleaved=0-1", 0), ("shifted", ";interleaved=4-5", 4), ("unsaid", None, 0)],
)
async def test_row_13_channels_are_others_than_asked_or_unsaid(
    wrong: Wrong, dial: Dial, channels: str, said: str | None, channel: int
) -> None:
    site = await wrong(channels=channels)
    client = await dial(site)
    transport = (await client.setup(site.url("cam"))).get("Transport")
    if said is None:
        assert "interleaved" not in transport
    else:
        assert said in transport
    session = site.camera("cam").sessions[0].id
    await client.ask("PLAY", site.url("cam"), Session=session)
    await client.until(lambda: len(client.packets) > 5)
    assert {packet.channel for packet in client.packets} <= {channel, channel + 1}


async def test_row_14_the_session_id_changes_with_every_setup(serve: Serve, dial: Dial) -> None:
    site = await serve(audio="pcma", faults=Faults(session_changes=True))
    client = await dial(site)
    url = site.url("cam")
    first = (await client.setup(url, 0)).session
    second = (await client.setup(url, 1, Session=first)).session
    assert first != second
    assert (await client.ask("PLAY", url, Session=first)).status == 454
    assert (await client.ask("PLAY", url, Session=second)).status == 200
    await client.until(lambda: {packet.channel for packet in client.packets} >= {0, 2})


async def test_row_20_cseq_is_written_another_way(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(headers=("cseq-case",))
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"))
    assert "\r\nCseq: 1\r\n" in answer.head


async def test_row_20_content_type_is_missing(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(headers=("no-content-type",))
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"))
    assert (answer.get("Content-Type"), answer.body[:3]) == ("", "v=0")


async def test_row_20_values_stand_between_blanks(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(headers=("trailing-blanks",))
    answer = await (await dial(site)).setup(site.url("cam"))
    session = site.camera("cam").sessions[0].id
    assert f"\r\nSession:   {session};timeout=60   \r\n" in answer.head


async def test_row_20_without_a_user_agent_nobody_is_let_in(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(headers=("needs-user-agent",))
    client = await dial(site)
    named, client.headers = client.headers, {}
    assert (await client.ask("DESCRIBE", site.url("cam"))).status == 401
    client.headers = named
    assert (await client.ask("DESCRIBE", site.url("cam"))).status == 200


@pytest.mark.parametrize("kind", ["right", "missing", "zero", "wrong", "relative"])
async def test_row_21_rtp_info_is_bad(wrong: Wrong, dial: Dial, kind: str) -> None:
    site = await wrong(rtp_info=kind)
    client = await dial(site)
    said = (await client.play(site.url("cam"))).get("RTP-Info")
    await client.frames(1)
    packet = client.video()[0]
    true = f"seq={packet.sequence};rtptime={packet.timestamp}"
    if kind == "missing":
        assert said == ""
    elif kind == "zero":
        assert said.endswith("/trackID=0;seq=0;rtptime=0")
    elif kind == "wrong":
        assert "rtptime=" in said
        assert true not in said
    elif kind == "relative":
        assert said == f"url=trackID=0;{true}"
    else:
        assert said == f"url={site.url('cam')}/trackID=0;{true}"


@pytest.mark.parametrize("status", [453, 403, 401, 500])
async def test_row_23_one_viewer_too_many_is_refused(wrong: Wrong, dial: Dial, status: int) -> None:
    site = await wrong(session_limit=1, limit_status=status)
    url = site.url("cam")
    first, second = await dial(site), await dial(site)
    await first.play(url)
    described = await second.ask("DESCRIBE", url)
    if status == 401:
        assert described.status == 401
        assert described.get("WWW-Authenticate").startswith("Digest ")
    else:
        assert described.status == 200
        assert (await second.setup(url)).status == status
    await first.ask("TEARDOWN", url, Session=site.camera("cam").sessions[0].id)
    assert (await second.setup(url)).status == 200


@pytest.mark.parametrize("status", [301, 302])
async def test_row_26_describe_is_sent_elsewhere(wrong: Wrong, dial: Dial, status: int) -> None:
    site = await wrong(redirect="/cam/sub", redirect_status=status)
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"))
    assert (answer.status, answer.get("Location")) == (status, site.url("cam", sub=True))


async def test_row_26_the_address_may_be_of_another_host(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(redirect="rtsp://192.0.2.7/cam")
    answer = await (await dial(site)).ask("DESCRIBE", site.url("cam"))
    assert answer.get("Location") == "rtsp://192.0.2.7/cam"


async def test_what_nobody_knows_is_answered_with_its_status(serve: Serve, dial: Dial) -> None:
    site = await serve()
    client = await dial(site)
    url = site.url("cam")
    assert (await client.ask("DESCRIBE", url.replace("cam", "other"))).status == 404
    assert (await client.ask("DESCRIBE", "nonsense")).status == 400
    assert (await client.ask("OPTIONS", "*")).status == 200
    assert (await client.ask("PLAY", url, Session="00000000")).status == 454
    assert (await client.setup(url, track=1)).status == 404  # this camera has no sound
    assert (await client.setup(url)).status == 200
    session = site.camera("cam").sessions[0].id
    assert (await client.setup(url, Session=session)).status == 455
    assert (await client.ask("RECORD", url, Session=session)).status == 501


@pytest.mark.parametrize(
    "way",
    ["RTP/AVP/TCP;unicast;interleaved=255-255", "RTP/AVP;unicast;client_port=0-1", "RTP/AVP"],
)
async def test_a_way_that_cannot_be_is_refused(serve: Serve, dial: Dial, way: str) -> None:
    site = await serve()
    client = await dial(site)
    answer = await client.ask("SETUP", site.url("cam") + "/trackID=0", Transport=way)
    assert answer.status == 461
    assert site.camera("cam").sessions == ()


async def test_pause_stops_and_play_goes_on(serve: Serve, dial: Dial) -> None:
    site = await serve()
    client = await dial(site)
    url = site.url("cam")
    session = (await client.play(url)).session
    await client.frames(2)
    assert (await client.ask("PAUSE", url, Session=session)).status == 200
    paused = len(site.camera("cam").frames_sent)
    assert (await client.ask("GET_PARAMETER", url, Session=session)).status == 200
    assert len(site.camera("cam").frames_sent) == paused
    await client.ask("PLAY", url, Session=session)
    seen = len(client.video())
    await client.until(lambda: len(client.video()) > seen)
