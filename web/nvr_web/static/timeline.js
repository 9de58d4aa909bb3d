// The day as a strip, and a window of it in detail: recorded, gaps by cause, now, the playhead.
import { clock, say, shortClock } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const DAY = { top: 4, height: 18, axis: 39, all: 44 };
const DETAIL = { top: 34, height: 44, axis: 94, all: 100 };
const STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 10800, 21600];

const shape = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

export class Timeline {
  // go(wall): a person picked a time. now(): wall seconds. fetch(from, to): the server's answer.
  constructor(root, { day, end, now, fetch, go }) {
    Object.assign(this, { root, day, end, now, fetch, go });
    [this.over, this.fine] = root.querySelectorAll("svg");
    this.width = 3600;
    this.at = Math.min(Math.max(now(), day), end);
    this.from = this.at - this.width / 2;
    this.whole = { recorded: [], gaps: [] };
    this.part = this.whole;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(root);
  }

  // Fetch what is shown anew: the whole day, and the window when it is narrow.
  async refresh() {
    this.whole = await this.fetch(this.day, this.end);
    this.part = this.width < 86400
      ? await this.fetch(this.from, this.from + this.width) : this.whole;
    this.draw();
    return this.whole;
  }

  // Move the playhead; the window follows when it would leave it.
  show(wall) {
    if (this.dragging) return;
    this.at = wall;
    const left = this.from;
    if (wall < left + this.width * 0.05 || wall > left + this.width * 0.95) this.center();
    this.draw();
  }

  zoom(width) {
    this.width = width;
    this.center();
    this.refresh();
  }

  center() {
    const most = this.end - this.width;
    this.from = Math.max(this.day, Math.min(most, this.at - this.width / 2));
    clearTimeout(this.due);
    this.due = setTimeout(() => this.refresh(), 250);
  }

  gapAt(wall) {
    return this.whole.gaps.find((gap) => gap.start <= wall * 1e6 && wall * 1e6 < (gap.end ?? Infinity));
  }

  text(wall) {
    const gap = this.gapAt(wall);
    const us = wall * 1e6;
    if (wall > this.now()) return say("not-yet");
    if (gap) return `${gap.words} ${gap.span}`;
    return this.whole.recorded.some(([a, b]) => a <= us && us < b) ? say("footage") : say("nothing");
  }

  draw() {
    const wide = this.root.clientWidth;
    if (!wide) return;
    this.strip(this.over, DAY, wide, this.day, this.end, this.whole);
    this.strip(this.fine, DETAIL, wide, this.from, this.from + this.width, this.part);
    const x = (wall) => (wall - this.day) / (this.end - this.day) * wide;
    this.over.append(shape("rect", {
      class: "window", x: Math.max(1, x(this.from)), y: 2, rx: 3, height: 22,
      width: Math.max(8, x(this.from + this.width) - x(this.from) - 2),
    }));
    this.root.setAttribute("aria-valuenow", Math.round(this.at - this.day));
    this.root.setAttribute("aria-valuetext", `${clock(this.at)}, ${this.text(this.at)}`);
  }

  strip(svg, box, wide, from, to, { recorded, gaps }) {
    const x = (wall) => Math.max(0, Math.min(wide, (wall - from) / (to - from) * wide));
    svg.setAttribute("viewBox", `0 0 ${wide} ${box.all}`);
    svg.setAttribute("height", box.all);
    const { top, height } = box;
    svg.replaceChildren(shape("rect", { class: "bed", y: top, width: wide, height }));
    for (const [start, end] of recorded) {
      const [left, right] = [x(start / 1e6), x(end / 1e6)];
      if (right > left) svg.append(shape("rect", { class: "band", x: left, y: top, width: right - left, height }));
    }
    for (const gap of gaps) {
      const [left, right] = [x(gap.start / 1e6), x(gap.end === null ? this.now() : gap.end / 1e6)];
      if (gap.start / 1e6 > to || (gap.end !== null && gap.end / 1e6 < from)) continue;
      const group = shape("g", { class: `family-${gap.family}` });
      const width = Math.max(2, right - left);
      group.append(shape("rect", { class: "bed", x: left, y: top, width, height }));
      group.append(shape("rect", { x: left, y: top, width, height, fill: `url(#of-${gap.family})` }));
      if (width > 6) {
        const edges = `M${left + 0.5} ${top}v${height}M${left + width - 0.5} ${top}v${height}`;
        group.append(shape("path", { d: edges, stroke: "currentColor" }));
      }
      svg.append(group);
    }
    const now = this.now();
    if (now < to) {
      svg.append(shape("path", { class: "future", d: `M${x(now) + 4} ${top + height / 2}H${wide}` }));
      if (now > from) svg.append(shape("path", { class: "now", d: `M${x(now)} ${top - 3}v${height + 6}` }));
    }
    this.axis(svg, box, wide, from, to, x);
    if (this.at < from || this.at > to) return;
    svg.append(shape("path", { class: "playhead", d: `M${x(this.at)} ${top - 3}v${height + 6}` }));
    if (box !== DETAIL) return;
    const middle = Math.max(36, Math.min(wide - 36, x(this.at)));
    svg.append(
      shape("rect", { class: "pill", x: middle - 36, y: 4, width: 72, height: 22, rx: 4 }),
      shape("text", { class: "pill-text", x: middle, y: 19, "text-anchor": "middle" }, clock(this.at)),
    );
  }

  axis(svg, { top, height, axis }, wide, from, to, x) {
    const step = STEPS.find((one) => one / (to - from) * wide >= 62) || 21600;
    for (let at = this.day + Math.ceil((from - this.day) / step) * step; at <= to; at += step) {
      const place = x(at);
      const anchor = place < 18 ? "start" : place > wide - 18 ? "end" : "middle";
      svg.append(shape("path", { class: "tick", d: `M${place} ${top + height}v4` }));
      const label = at === this.end ? shortClock(at - 1).replace("23", "24").replace("59", "00")
        : step < 60 ? clock(at) : shortClock(at);
      svg.append(shape("text", { x: place, y: axis, "text-anchor": anchor }, label));
    }
  }

  pick(wall) {
    this.at = Math.max(this.day, Math.min(this.end - 1, this.now(), wall));
    this.draw();
    this.go(this.at);
  }

  listen() {
    const { root } = this;
    root.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const detail = event.target.closest("svg") !== this.over;
      this.dragging = { x: event.clientX, from: this.from, moved: false, detail };
      root.setPointerCapture(event.pointerId);
    });
    root.addEventListener("pointermove", (event) => {
      const { dragging } = this;
      if (!dragging?.detail) return;
      const way = event.clientX - dragging.x;
      if (Math.abs(way) < 6 && !dragging.moved) return;
      dragging.moved = true;
      const most = this.end - this.width;
      this.from = dragging.from - way / root.clientWidth * this.width;
      this.from = Math.max(this.day, Math.min(most, this.from));
      this.draw();
    });
    root.addEventListener("pointerup", (event) => {
      const { dragging } = this;
      this.dragging = null;
      if (!dragging) return;
      if (dragging.moved) { this.refresh(); return; }
      const box = root.getBoundingClientRect();
      const part = (event.clientX - box.left) / box.width;
      this.pick(dragging.detail ? this.from + part * this.width
        : this.day + part * (this.end - this.day));
      if (!dragging.detail) this.center();
    });
    root.addEventListener("pointercancel", () => { this.dragging = null; });
    root.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const leap = event.shiftKey ? 60 : 10;
    const after = this.whole.gaps.find((gap) => gap.start / 1e6 > this.at + 1);
    const before = this.whole.gaps.findLast((gap) => gap.start / 1e6 < this.at - 1);
    const next = event.shiftKey ? before : after;
    const to = {
      ArrowLeft: this.at - leap, ArrowRight: this.at + leap,
      PageUp: this.at + this.width / 2, PageDown: this.at - this.width / 2,
      Home: this.day, End: Math.min(this.end, this.now()),
      g: next ? next.start / 1e6 : undefined, G: next ? next.start / 1e6 : undefined,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.pick(to);
    if (this.at < this.from || this.at > this.from + this.width) this.center();
  }
}
