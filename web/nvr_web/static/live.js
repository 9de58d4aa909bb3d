// Live view of one stream in one video element, kept a fraction of a second behind the newest.
import { Buffer } from "./buffer.js";

export const OLD = 15; // seconds after which a picture is no longer "now", and is taken away

const NEAREST = 0.35; // seconds kept in the buffer when the link is even
const FARTHEST = 1.0; // and when it is not
const JUMP = 1.5; // farther behind than this is left out
const SETTLING = 1500; // ms after the first picture in which all that came in one go is left out
const HELD = 8 << 20; // bytes that may wait for the decoder

export class LivePlayer {
  // on: clock(wall) at every frame shown, again() when the player has to be made anew
  constructor(video, on) {
    this.video = video;
    this.on = on;
    this.target = NEAREST;
    this.marks = [];
    this.calm = performance.now();
    this.timer = setInterval(() => this.keep(), 100);
    this.waiting = () => this.ran();
    video.addEventListener("waiting", this.waiting);
    this.frame();
  }

  segment(message) {
    this.rebase ||= this.next?.run !== message.run;
    this.next = message;
  }

  init(bytes) {
    const { codec } = this.next;
    this.buffer ||= new Buffer(this.video, codec, () => this.on.again());
    this.buffer.append(bytes, { codec });
  }

  fragment({ start, duration, wall }, bytes) {
    if (!this.buffer) return;
    if (this.buffer.bytes > HELD) { this.on.again(); return; }
    const { timescale } = this.next;
    const rebase = this.rebase;
    this.rebase = false;
    const { buffer } = this;
    buffer.append(bytes, {
      before: () => {
        if (rebase) buffer.source.timestampOffset = buffer.end - start / timescale;
        const at = start / timescale + buffer.source.timestampOffset;
        this.marks.push({ at, end: at + duration / timescale, wall });
        if (this.marks.length > 256) this.marks.splice(0, 128);
      },
    }).then(() => this.keep());
  }

  // Seconds between the picture shown and the newest that has arrived.
  get behind() { return this.buffer ? this.buffer.end - this.video.currentTime : 0; }

  // Wall time of the picture at this time of the video, in seconds; null when unknown.
  wall(time) {
    for (let i = this.marks.length - 1; i >= 0; i--) {
      const mark = this.marks[i];
      if (time >= mark.at - 0.001) return mark.wall + time - mark.at;
    }
    return null;
  }

  keep() {
    const { buffer, video } = this;
    if (!buffer?.source || buffer.closed || !buffer.source.buffered.length) return;
    const { end, newest } = buffer;
    if (!this.started) {
      this.started = performance.now();
      video.currentTime = Math.max(newest, end - this.target);
      video.play().catch(() => { /* the page went away, or a person has to press play */ });
      return;
    }
    if (video.seeking) return;
    const behind = end - video.currentTime;
    const settling = performance.now() - this.started < SETTLING;
    if (behind > (settling ? this.target + 0.3 : JUMP) || video.currentTime < newest - 0.05) {
      video.currentTime = Math.max(newest, end - this.target);
    } else if (!video.paused) {
      const excess = behind - this.target;
      const rate = excess > 0.6 ? 1.25 : excess > 0.25 ? 1.1 : excess < -0.3 ? 0.95 : 1;
      if (video.playbackRate !== rate) video.playbackRate = rate;
    }
    if (buffer.start < video.currentTime - 20 && !buffer.queue.length) {
      buffer.remove(0, video.currentTime - 10);
    }
    const now = performance.now();
    if (now - this.calm > 10000) {
      this.calm = now;
      this.target = Math.max(NEAREST, this.target - 0.05);
    }
  }

  // The buffer ran dry: stay a little farther behind from now on.
  ran() {
    if (!this.started || this.video.seeking) return;
    this.calm = performance.now();
    this.target = Math.min(FARTHEST, this.target + 0.1);
  }

  frame() {
    if (!this.video.requestVideoFrameCallback) return;
    this.callback = this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      const wall = this.wall(mediaTime);
      if (wall !== null) this.on.clock(wall);
      this.frame();
    });
  }

  close() {
    clearInterval(this.timer);
    this.video.removeEventListener("waiting", this.waiting);
    if (this.callback) this.video.cancelVideoFrameCallback(this.callback);
    this.video.playbackRate = 1;
    this.buffer?.close();
  }
}
