"""One stream from its frames to its segments: runs, cuts, and where they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nvr_core.media.fragmenter import Fragment, Fragmenter
from nvr_core.media.track import TrackConfig
from nvr_core.media.wall import CLOCK, JUMP_US
from nvr_core.recorder import cutting
from nvr_core.recorder.growing import Growing, Told
from nvr_core.recorder.identity import Identity
from nvr_core.recorder.keeping import Keeping
from nvr_core.recorder.making import Making
from nvr_core.recorder.rates import Rates
from nvr_core.recorder.run import Run
from nvr_core.recorder.store import Store, Volume
from nvr_core.recorder.tally import Tally
from nvr_core.recorder.trouble import Trouble
from nvr_core.wire.facts import Cause, Fact, FragmentWritten, SegmentClosed, StreamState
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import StreamWant


class Pipeline:
    """Takes frames of one stream (a FrameSink) and keeps them where the want says."""

    def __init__(self, want: StreamWant, making: Making) -> None:
        self.want = want
        self.state: StreamState | None = None
        self.last_frame = 0
        """Monotonic time (µs) of the newest whole frame."""
        self.gop = 0
        """Longest recent distance of key frames, µs."""
        self.delivers: Callable[[bool], None] = lambda ring: None
        """Called when the first fragment of a run stands in a ring (true) or on a volume."""
        self._with = making
        self._keeping = Keeping(want, making)
        self.leave = self._keeping.leave
        self.rates = Rates(making.clock.monotonic())
        self._config: TrackConfig | None = None
        self._run: Run | None = None
        self._growing: Growing | None = None
        self._sequence = 0
        self._key_at = 0
        self._ahead = 0
        """Wall time less monotonic time when the newest frame of the run came, µs."""
        self._delivered = False
        self.tally: Callable[[], Tally] = Tally
        """Losses that the source has counted since it was asked last."""
        self._told = Told(
            opened=making.tell,
            written=self._written,
            closed=self._closed,
            gone=making.tell,
            short=self._keeping.short,
            failed=self._failed,
        )

    @property
    def keeping(self) -> bool:
        """True while what arrives goes to a volume."""
        return self._growing is not None and not self._growing.store.ring

    @property
    def waiting(self) -> int:
        """Bytes of this stream that the disk has not taken yet."""
        return self._growing.waiting if self._growing is not None else 0

    def begin(self) -> None:
        """The stream is wanted from now on."""
        self._keeping.begin()

    def end(self) -> None:
        """Nobody wants the stream any more."""
        self._keeping.end()
        camera, stream = self.want.camera, self.want.stream
        self._with.tell(StreamState(camera=camera, stream=stream, state="ended"))

    def update(self, want: StreamWant) -> None:
        """The want changed in what does not need another connection."""
        self.want = want
        self._keeping.update(want)
        if self._run is not None:
            self._limits(self._run)

    def missing(self, cause: Cause, sentence: str = "") -> None:
        """The source does not deliver, for this cause."""
        self._keeping.missing(cause, sentence)

    def tick(self) -> None:
        """Once a second: does the schedule want something else than what is done?"""
        self._keeping.tick(self.keeping)

    def clock_stepped(self) -> None:
        """Wall time means something else now: a run that began before that ends here."""
        clock = self._with.clock
        moved = clock.wall() - clock.monotonic() - self._ahead
        if self._run is not None and abs(moved) > JUMP_US:
            self.end_run()
            self.missing(Cause.CLOCK, "the system's clock was set")

    def present(self) -> Iterator[Fact]:
        """What a new listener must know of this stream."""
        if self.state is not None:
            yield self.state
        if (growing := self._growing) is not None:
            yield growing.opened_fact()

    def configure(self, config: TrackConfig) -> None:
        """FrameSink: other parameter sets mean another segment, in the same run."""
        if config == self._config:
            return
        if self._config is not None and config.timescale != self._config.timescale:
            self.end_run()
        self._config = config
        run = self._run
        if run is not None:
            run.fragmenter.finish()
            self._close()
            run.fragmenter = Fragmenter.of(self, config)
            self._limits(run)

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        """FrameSink: the hot path."""
        clock = self._with.clock
        now, wall = clock.monotonic(), clock.wall()
        self.last_frame = now
        if key:
            if self._key_at:  # what was measured before a reconnect is true until the next
                self.gop = max(now - self._key_at, self.gop // 2)
            self._key_at = now
        run = self._run
        if run is not None:
            at = pts - run.origin
            why = run.line.frame(at, now, wall)
            if why is None:
                self._ahead = wall - now
                why = run.take(at, key, data, damaged)
                if why is None:
                    return
            self.end_run()
            cause = Cause.CLOCK if why == CLOCK else Cause.WAITING_FOR_KEY_FRAME
            self._keeping.missing(cause, why)
        if key:
            self._begin_run(pts, now, wall, data, damaged)

    def fragment(self, fragment: Fragment) -> None:
        """FragmentSink: write it, in another segment when it is time for one."""
        run = self._run
        assert run is not None
        growing = self._growing
        self.rates.add(fragment)
        if fragment.key:
            store = self._keeping.target()
            if growing is None or growing.store is not store or cutting.due(growing, fragment.base):
                growing = self._cut(run, store, fragment)
        elif growing is not None and cutting.too_long(growing, fragment.base):
            growing = self._cut(run, growing.store, fragment)
            growing.no_key = True
        if growing is None:
            self._keeping.awaiting("the camera's parameter sets changed between key frames")
            return
        growing.add(fragment, run.line.wall(fragment.base))
        self._limits(run)
        if isinstance(store := growing.store, Volume) and store.overfull:
            self._with.relieve(store)

    def end_run(self) -> None:
        """No more frames belong to what came so far: give out and close everything."""
        run = self._run
        if run is None:
            return
        run.fragmenter.finish()
        self._close()
        self._run, self._key_at = None, 0

    def drop(self) -> None:
        """The disk is too slow: give up what it has not taken, until it is well again."""
        growing = self._growing
        if growing is None or not (given_up := growing.withdraw()):
            return
        self.rates.dropped_bytes += given_up
        self._close()
        self._run = None
        self._keeping.dropped()

    def store_changed(self, store: Store) -> None:
        """The volume became unusable, or usable again; the next key frame goes where it should."""
        growing = self._growing
        if store.trouble is not None and growing is not None and growing.store is store:
            self._leave(growing, store.trouble)

    def _leave(self, growing: Growing, trouble: Trouble) -> None:
        """Nothing more goes where the open segment is; what does stand there is kept."""
        if trouble.cause == Cause.DISK_FULL:
            self._close()
        else:
            growing.abandon()
            self._growing = None
            if self._run is not None:
                self._kept_until(self._run.line.wall(growing.end))
        self._run = None
        self._keeping.missing(trouble.cause, trouble.sentence)

    def _begin_run(self, pts: int, now: int, wall: int, data: bytearray, damaged: bool) -> None:
        assert self._config is not None
        run = self._run = Run(self, new_id(self._with.clock), self._config, pts)
        self._delivered = False
        self._ahead = wall - now
        run.line.frame(run.first, now, wall)
        self._limits(run)
        run.take(run.first, True, data, damaged)

    def _limits(self, run: Run) -> None:
        """Ticks that the next fragments may last."""
        assert self._config is not None
        run.fragmenter.limit, run.fragmenter.opening_limit = cutting.limits(
            self._growing,
            self._with.options,
            longest=self.want.fragment_ms,
            timescale=self._config.timescale,
        )

    def _cut(self, run: Run, store: Store, fragment: Fragment) -> Growing:
        """Close the segment and open the next one, in the same run."""
        assert self._config is not None
        before = self._growing.store if self._growing is not None else None
        if before is not None and before.ring and not store.ring:
            self._keeping.begin_volume(run.id)
        self._close()
        if store.ring:
            self._keeping.begin_ring(before is not None and not before.ring)
        growing = Growing(
            store=store,
            identity=Identity(
                camera=self.want.camera,
                stream=self.want.stream,
                run=run.id,
                segment=new_id(self._with.clock),
                recorder_start=self._with.recorder_start,
                sequence=self._sequence,
            ),
            config=self._config,
            told=self._told,
            start=run.line.wall(fragment.base),
            base=fragment.base,
            clock=self._with.clock_state(),
        )
        self._sequence += 1
        growing.open()
        self._growing = growing
        self._delivered = False
        return growing

    def _close(self) -> None:
        """Close the open segment under its final times."""
        growing, self._growing, run = self._growing, None, self._run
        if growing is None or run is None:
            return
        lost = growing.tally = self.tally().on_line(run.origin)
        self.rates.lost_packets += lost.lost_packets
        span = run.line.cut(growing.base, growing.end)
        self._kept_until(span.end)
        growing.close(span)

    def _kept_until(self, wall: int) -> None:
        self._keeping.kept_until(wall, wall - self._ahead)  # by the clock as it was then

    def _written(self, fact: FragmentWritten, growing: Growing) -> None:
        self._with.tell(fact)
        if growing.closing:
            return  # the disk was behind: what the stream does now is another matter
        if not growing.store.ring:
            self._keeping.arrived(fact.wall)
        if not self._delivered:
            self._delivered = True
            self.delivers(growing.store.ring)

    def _closed(self, fact: SegmentClosed) -> None:
        if fact.ring:
            self._keeping.ring_closed(fact)
        else:
            self._with.ledger.footage(self.want.key, fact.start, fact.start + fact.duration)
        self._with.tell(fact)

    def _failed(self, growing: Growing, error: Exception) -> None:
        store = growing.store
        if isinstance(store, Volume):
            own = self._keeping.refused(store, error)
            if own is not None and growing is self._growing:
                self._leave(growing, own)
            return
        # Memory is full. If that was the open segment, nothing is held until the next key frame.
        growing.abandon()
        self._with.rings.note(error)
        if growing is self._growing:
            self._growing = self._run = None
