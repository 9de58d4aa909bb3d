// One SourceBuffer behind a queue: appends and removals one after the other, in order.
export class Buffer {
  // broken(): the browser gave up on this video; the owner starts anew with another Buffer.
  constructor(video, codec, broken) {
    this.video = video;
    this.queue = [];
    this.bytes = 0;
    this.broken = broken;
    this.codec = codec;
    this.media = new MediaSource();
    this.address = URL.createObjectURL(this.media);
    this.media.addEventListener("sourceopen", () => {
      URL.revokeObjectURL(this.address);
      if (this.closed) return;
      this.source = this.media.addSourceBuffer(`video/mp4; codecs="${codec}"`);
      this.source.mode = "segments";
      this.source.addEventListener("updateend", () => this.step());
      this.source.addEventListener("error", () => this.fail());
      this.step();
    }, { once: true });
    video.src = this.address;
    video.onerror = () => this.fail();
  }

  // Queue bytes; before(): runs just before they go in (to set the offset); resolves when in.
  append(bytes, { codec = this.codec, before = null } = {}) {
    this.bytes += bytes.byteLength;
    return this.put({ bytes, codec, before });
  }

  remove(start, end) { return this.put({ remove: [start, end] }); }

  get end() {
    const ranges = this.source?.buffered;
    return ranges?.length ? ranges.end(ranges.length - 1) : 0;
  }

  get start() {
    const ranges = this.source?.buffered;
    return ranges?.length ? ranges.start(0) : 0;
  }

  // Start of the newest unbroken range: behind a hole that a slow link left.
  get newest() {
    const ranges = this.source?.buffered;
    return ranges?.length ? ranges.start(ranges.length - 1) : 0;
  }

  // This time, or the start of the range that begins within half a second; null for neither.
  reach(time) {
    const ranges = this.source?.buffered;
    for (let i = 0; i < (ranges?.length || 0); i++) {
      if (time < ranges.end(i)) {
        const start = ranges.start(i);
        return time >= start ? time : start - time < 0.5 ? start : null;
      }
    }
    return null;
  }

  // How much lies before `time` without a hole, in seconds; 0 outside of any range.
  ahead(time) {
    const ranges = this.source?.buffered;
    for (let i = 0; i < (ranges?.length || 0); i++) {
      if (ranges.start(i) - 0.1 <= time && time < ranges.end(i)) return ranges.end(i) - time;
    }
    return 0;
  }

  put(work) {
    return new Promise((done) => { this.queue.push({ ...work, done }); this.step(); });
  }

  step() {
    if (this.closed || !this.source || this.source.updating || this.media.readyState !== "open") return;
    this.doing?.done();
    this.doing = null;
    const work = this.queue[0];
    if (!work) return;
    try {
      if (work.remove) this.source.remove(...work.remove);
      else {
        if (work.codec !== this.codec) {
          this.source.changeType(`video/mp4; codecs="${work.codec}"`);
          this.codec = work.codec;
        }
        work.before?.();
        this.source.appendBuffer(work.bytes);
      }
    } catch (error) {
      if (error.name === "QuotaExceededError" && this.start < this.video.currentTime - 2) {
        this.source.remove(0, this.video.currentTime - 1);
      } else this.fail();
      return;
    }
    this.queue.shift();
    this.bytes -= work.bytes?.byteLength || 0;
    this.doing = work;
  }

  fail() {
    if (this.closed) return;
    this.close();
    this.broken();
  }

  close() {
    this.closed = true;
    this.doing?.done();
    for (const work of this.queue.splice(0)) work.done();
    this.video.onerror = null;
    this.video.removeAttribute("src");
    this.video.load();
  }
}
