// Playback of what is recorded: parts by their own addresses, put one behind the other.
// The video's own time has no holes: a gap in the recording takes none of it, so nothing stalls
// there; `marks` say which wall time every stretch of it shows.
import { Buffer } from "./buffer.js";
import { playable } from "./words.js";

const AHEAD = 12; // seconds fetched ahead, times the speed
const BEHIND = 20; // seconds kept behind
const SEAM = 0.7; // shorter holes than this are not worth a word

class Gone extends Error {}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Playback {
  // on: clock(wall), hole({ from, to, gap }), crossed({ from, to, gap }), none(wall),
  //     unplayable(codec), edge(), gone()
  constructor(video, camera, stream, on) {
    this.video = video;
    this.address = `/api/v1/cameras/${camera}/parts?stream=${stream}&lang=${document.documentElement.lang}`;
    this.on = on;
    this.round = 0;
    this.rate = 1;
    this.marks = [];
    this.shownMark = null;
    this.wants = true;
    this.frame();
    this.timer = setInterval(() => this.keep(), 100);
  }

  // Go to a wall time in seconds. Only the last call counts.
  async seek(wall) {
    const round = ++this.round;
    this.stop?.abort();
    this.stop = new AbortController();
    this.target = wall;
    const known = this.position(wall);
    if (known !== null && this.buffer?.ahead(known) > 0.2) {
      this.video.currentTime = known;
      this.resume();
      this.fill(round, this.marks.at(-1).part);
      return;
    }
    this.video.pause();
    let found;
    try {
      found = await this.ask(`&from=${Math.round(wall * 1e6)}`, round);
    } catch (error) {
      if (round === this.round && error.name !== "AbortError") this.on.none(wall);
      return;
    }
    if (round !== this.round) return;
    if (!found.parts.length) { this.on.none(wall); return; }
    const first = found.parts[0];
    if (first.wall > wall + SEAM) {
      const within = ({ start, end }) => start / 1e6 <= wall && wall < (end ?? Infinity) / 1e6;
      this.on.hole({ from: wall, to: first.wall, gap: found.gaps.find(within) });
      return;
    }
    await this.fresh(round);
    if (round === this.round) this.fill(round, null, found);
  }

  play() { this.wants = true; this.resume(); }

  pause() { this.wants = false; this.video.pause(); }

  speed(rate) { this.rate = rate; this.video.playbackRate = rate; }

  // Wall time shown now, in seconds.
  get wall() {
    const mark = this.markAt(this.video.currentTime);
    return mark ? mark.wall + this.video.currentTime - mark.from : this.target;
  }

  close() {
    this.round++;
    this.stop?.abort();
    clearInterval(this.timer);
    if (this.callback) this.video.cancelVideoFrameCallback(this.callback);
    this.video.playbackRate = 1;
    this.buffer?.close();
  }

  // Start a new stretch of the video's time; what was buffered before is of no use any more.
  async fresh(round) {
    this.marks = [];
    this.shownMark = null;
    this.last = null;
    if (!this.buffer || this.buffer.closed) return;
    const end = Math.ceil(this.buffer.end) + 1;
    await this.buffer.remove(0, Infinity);
    if (round === this.round) this.at = end;
  }

  async ask(query, round) {
    const answer = await fetch(this.address + query, { signal: this.stop.signal });
    if (!answer.ok) throw new Gone(`the list answers ${answer.status}`);
    const { items, gaps } = await answer.json();
    if (round !== this.round) return { parts: [], gaps: [] };
    const parts = [];
    for (const item of items) {
      for (const [offset, size, start, duration] of item.parts) {
        parts.push({
          segment: item.segment, run: item.run, codec: item.codec, timescale: item.timescale,
          offset, address: `/api/v1/segment/${item.segment}/${offset}-${size}`,
          start: start / item.timescale, duration: duration / item.timescale,
          wall: item.start / 1e6 + (start - item.parts[0][2]) / item.timescale,
        });
      }
    }
    return { parts, gaps };
  }

  // Fetch and append, one part after the other, as long as this round lasts.
  async fill(round, last, found = { parts: [], gaps: [] }) {
    let { parts, gaps } = found;
    while (round === this.round) {
      try {
        if (this.video.currentTime + AHEAD * Math.max(1, this.rate) < (this.at || 0)) {
          await pause(200);
          continue;
        }
        if (!parts.length) {
          ({ parts, gaps } = await this.ask(`&after=${last.segment}/${last.offset}`, round));
          this.atEdge = !parts.length;
          if (this.atEdge) await pause(700);
          continue;
        }
        const part = parts.shift();
        if (!playable(part.codec)) { this.on.unplayable(part.codec); return; }
        await this.add(part, gaps, round);
        last = part;
      } catch (error) {
        if (round !== this.round || error.name === "AbortError") return;
        if (error instanceof Gone) {
          if (!parts.length) { this.on.gone(); return; }
          last = parts[0];
        } else await pause(1000);
      }
    }
  }

  async add(part, gaps, round) {
    const init = this.last?.segment === part.segment
      ? null : await this.bytes(`/api/v1/segment/${part.segment}/init`);
    const bytes = await this.bytes(part.address);
    if (round !== this.round) return;
    if (!this.buffer || this.buffer.closed) {
      this.at = 0;
      this.marks = [];
      this.buffer = new Buffer(this.video, part.codec, () => this.seek(this.wall + 0.5));
    }
    const { buffer } = this;
    const before = this.last;
    const joins = before?.run === part.run
      && Math.abs(before.start + before.duration - part.start) < 0.1;
    const from = joins ? before.from + part.start - before.start : this.at || 0;
    const end = before ? before.wall + before.duration : part.wall;
    if (init) buffer.append(init, { codec: part.codec });
    await buffer.append(bytes, {
      codec: part.codec,
      before: () => { if (!joins) buffer.source.timestampOffset = from - part.start; },
    });
    if (round !== this.round) return;
    const hole = part.wall - end > SEAM ? this.hole(end, part.wall, gaps) : null;
    this.marks.push({ from, to: from + part.duration, wall: part.wall, hole, part });
    this.at = from + part.duration;
    part.from = from;
    this.last = part;
    if (!this.shownMark) this.begin();
  }

  async bytes(address) {
    for (;;) {
      const answer = await fetch(address, { signal: this.stop.signal });
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      if (answer.status !== 503) throw new Gone(`${address} answers ${answer.status}`);
      await pause(500);
    }
  }

  begin() {
    const known = this.position(Math.max(this.target, this.marks[0].wall));
    // With B-frames the first picture stands a little behind the part's decode time.
    const at = known === null ? null : this.buffer.reach(known);
    if (at === null) return; // the key frame is older than what was asked for: wait for more
    [this.shownMark] = this.marks;
    this.video.currentTime = at;
    this.resume();
  }

  resume() {
    this.video.playbackRate = this.rate;
    if (this.wants) this.video.play().catch(() => { /* a person has to press play */ });
  }

  // The hole between two moments, with the gap that explains most of it, if one does.
  hole(from, to, gaps) {
    const shared = ({ start, end }) =>
      Math.min(to, (end ?? Infinity) / 1e6) - Math.max(from, start / 1e6);
    const [gap] = gaps.toSorted((a, b) => shared(b) - shared(a));
    return { from, to, gap: gap && shared(gap) > (to - from) / 2 ? gap : null };
  }

  position(wall) {
    const mark = this.marks.findLast(
      (one) => one.wall <= wall && wall < one.wall + one.to - one.from + 0.05);
    return mark ? Math.min(mark.to - 0.01, mark.from + wall - mark.wall) : null;
  }

  markAt(time) {
    return this.marks.findLast((mark) => mark.from - 0.02 <= time);
  }

  // Ten times a second: never stand before a hole, forget what is far behind, notice the edge.
  keep() {
    const { buffer, video } = this;
    if (!buffer?.source || buffer.closed || !this.shownMark) return;
    if (this.wants && !video.seeking && buffer.ahead(video.currentTime) < 0.12) {
      const next = this.marks.find((mark) => mark.from > video.currentTime + 0.05);
      if (next && buffer.ahead(next.from + 0.05) > 0) video.currentTime = next.from + 0.05;
      else if (this.atEdge) this.on.edge();
    }
    if (buffer.start < video.currentTime - BEHIND * 2 && !buffer.queue.length) {
      buffer.remove(0, video.currentTime - BEHIND);
      this.marks = this.marks.filter((mark) => mark.to > video.currentTime - BEHIND);
    }
  }

  frame() {
    this.callback = this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      const mark = this.markAt(mediaTime + 0.02);
      if (mark) {
        if (mark !== this.shownMark) {
          this.shownMark = mark;
          if (mark.hole) this.on.crossed(mark.hole);
        }
        this.on.clock(mark.wall + mediaTime - mark.from);
      }
      this.frame();
    });
  }
}
