// One camera: live, its past, and the timeline that joins the two.
import { Link } from "./link.js";
import { LivePlayer, OLD } from "./live.js";
import { Playback } from "./playback.js";
import { Picture } from "./picture.js";
import { States } from "./states.js";
import { Timeline } from "./timeline.js";
import { clock, codecName, number, playable, say, setIcon } from "./words.js";

const box = document.getElementById("camera");
const { camera, day, dayEnd, at } = box.dataset;
const picture = new Picture(box.querySelector(".player"));
const { video } = picture;
const acts = Object.fromEntries([...box.querySelectorAll("[data-act]")].map((one) => [one.dataset.act, one]));
const speed = document.getElementById("speed");
const NEAR = 8; // seconds: nearer to now than this is live

let live = null;
let past = null;
let undo = null;
let state = null;
let playing = true;

const link = new Link({
  about: camera,
  states: (message) => states.take(message),
  back: () => { if (past) return; picture.clear(); goLive(); },
  lost: (seconds) => {
    if (past) return;
    endLive();
    picture.say("mati", say("lost"), say("retry", { seconds }), "mati");
  },
});
const states = new States((camera_, news) => {
  if (camera_.id !== camera) return;
  const first = !state;
  state = camera_;
  if (first && at) goTo(Number(at) / 1e6); // now the server's clock is known
  if (news) renew();
  if (past) return;
  if (!state.live) { endLive(); picture.say(state.icon, state.word, state.line, state.kind); }
  else if (!live || first) goLive();
});

function mode() {
  const word = document.getElementById("mode");
  word.textContent = say(past ? "past" : "live");
  acts.live.setAttribute("aria-pressed", String(!past));
  setIcon(acts.play, playing ? "pause" : "play");
  acts.play.setAttribute("aria-label", say(playing ? "pause" : "play"));
  speed.disabled = !past;
}

function endLive() {
  undo?.();
  live?.close();
  undo = live = null;
}

function endPast() {
  past?.close();
  past = null;
}

// The main stream, or the other one where the browser cannot play it.
function choose() {
  const streams = state?.streams ?? [];
  const shown = streams.find(({ codec }) => playable(codec));
  return { streams, shown };
}

function goLive() {
  endPast();
  endLive();
  followed = 0;
  playing = true;
  mode();
  if (!state?.live || document.hidden) return;
  const { streams, shown } = choose();
  if (!streams.length) { picture.wait(); return; }
  if (!shown) { picture.unplayable(streams[0].codec, say("not-playable-do")); return; }
  picture.wait();
  picture.tell(shown === streams[0] ? "" : say("instead", {
    shown: shown.stream, wanted: streams[0].stream, codec: codecName(streams[0].codec),
  }));
  live = new LivePlayer(video, {
    clock: (wall) => { picture.clock(wall); follow(wall); },
    again: () => goLive(),
  });
  const player = live;
  undo = link.watch(camera, shown.stream, {
    segment: (message) => player.segment(message),
    init: (bytes) => player.init(bytes),
    fragment: (head, bytes) => player.fragment(head, bytes),
    refused: (why) => picture.say("warn", why, "", "warn"),
  });
}

// The past keeps the stream that is kept: main.
function goTo(wall) {
  if (wall > link.now() - NEAR) { goLive(); return; }
  endLive();
  picture.clear();
  picture.wait();
  timeline.show(wall);
  past ??= new Playback(video, camera, "main", {
    clock: (shown) => { picture.clock(shown); follow(shown); },
    hole: (hole) => { playing = false; mode(); picture.gap(hole, () => goTo(hole.to)); },
    crossed: (hole) => picture.crossed(hole),
    none: (asked) => picture.none(asked),
    unplayable: (codec) => picture.unplayable(codec, say("not-playable-past")),
    gone: () => picture.say("warn", say("gone"), "", "warn"),
    edge: () => goLive(),
  });
  playing = true;
  past.speed(Number(speed.value));
  past.wants = true;
  past.seek(wall);
  mode();
}

let followed = 0;
let told = 0;
function follow(wall) {
  if (Math.abs(wall - followed) < 0.25) return;
  followed = wall;
  timeline.show(wall);
  if (past || performance.now() - told < 1000) return;
  told = performance.now();
  const seconds = number(Math.max(0, link.now() - wall));
  document.getElementById("mode").textContent = `${say("live")} · ${say("behind", { seconds })}`;
}

const timeline = new Timeline(box.querySelector(".timeline"), {
  day: Number(day) / 1e6,
  end: Number(dayEnd) / 1e6,
  now: () => link.now(),
  go: (wall) => goTo(wall),
  fetch: async (from, to) => {
    const query = new URLSearchParams({
      from: Math.round(from * 1e6), to: Math.round(to * 1e6), lang: document.documentElement.lang,
    });
    const answer = await fetch(`/api/v1/cameras/${camera}/timeline?${query}`);
    return answer.ok ? answer.json() : { recorded: [], gaps: [] };
  },
});

async function renew() {
  const whole = await timeline.refresh();
  if (!whole.facts) return; // the server is away; what stands there stays
  table(whole);
  doubts(whole);
  column(whole);
}

// Footage whose clock was wrong: each sentence leads to where it lies.
function doubts({ doubtful }) {
  const list = document.getElementById("doubts");
  list.hidden = !doubtful.length;
  list.replaceChildren(...doubtful.map((one) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `?at=${one.start}`;
    link.textContent = one.words;
    item.append(link);
    return item;
  }));
}

// The same gaps as words: what the strip shows by pattern.
function table({ gaps }) {
  const list = document.getElementById("gaps");
  const body = list.tBodies[0];
  list.hidden = !gaps.length;
  document.getElementById("no-gaps").hidden = Boolean(gaps.length);
  const [why, length] = [1, 2].map((i) => list.tHead.rows[0].cells[i].textContent);
  body.replaceChildren(...gaps.map((gap) => {
    const row = document.createElement("tr");
    const when = document.createElement("th");
    when.scope = "row";
    when.textContent = gap.span;
    const cause = document.createElement("td");
    cause.dataset.label = why;
    const words = document.createElement("span");
    words.append(sample(gap.family), gap.words);
    cause.append(words);
    const long = document.createElement("td");
    long.className = "number";
    long.dataset.label = length;
    long.textContent = gap.length;
    row.append(when, cause, long);
    return row;
  }));
}

function column({ facts }) {
  document.getElementById("facts").replaceChildren(...facts.flatMap(([word, value]) => {
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = word;
    said.textContent = value;
    return [term, said];
  }));
}

function sample(family) {
  const like = document.querySelector(`.key svg.family-${family}`);
  return like ? like.cloneNode(true) : "";
}

acts.live.addEventListener("click", () => goLive());
acts.back.addEventListener("click", () => goTo((past ? past.wall : timeline.at) - 10));
acts.forward.addEventListener("click", () => goTo((past ? past.wall : timeline.at) + 10));
acts.play.addEventListener("click", () => {
  if (past && picture.next) { picture.next(); return; }
  playing = !playing;
  if (past) { if (playing) past.play(); else past.pause(); }
  else if (playing) goLive();
  else { undo?.(); undo = null; video.pause(); if (live) clearInterval(live.timer); }
  mode();
});
speed.addEventListener("change", () => past?.speed(Number(speed.value)));

for (const button of document.querySelectorAll("[data-width]")) {
  button.addEventListener("click", () => {
    for (const one of document.querySelectorAll("[data-width]")) {
      one.setAttribute("aria-pressed", String(one === button));
    }
    timeline.zoom(Number(button.dataset.width));
  });
}

document.getElementById("jump").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("time");
  const found = /^\s*(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?\s*$/.exec(field.value);
  const [hours, minutes, seconds] = (found ?? []).slice(1).map((text) => Number(text ?? 0));
  const bad = !found || hours > 23 || minutes > 59 || seconds > 59;
  field.setAttribute("aria-invalid", String(bad));
  const wrong = document.getElementById("time-wrong");
  wrong.hidden = !bad;
  wrong.textContent = bad ? say("bad-time", { example: field.defaultValue }) : "";
  if (!bad) timeline.pick(Number(day) / 1e6 + hours * 3600 + minutes * 60 + seconds);
});

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, button, a") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") { event.preventDefault(); acts.play.click(); }
  else if (event.key === "l") goLive();
  else if (event.key === "j") { event.preventDefault(); document.getElementById("time").focus(); }
});
document.addEventListener("visibilitychange", () => {
  if (past) return;
  if (document.hidden) endLive();
  else if (playing) goLive();
});

setInterval(() => {
  if (!live || !followed || link.now() - followed < OLD) return;
  picture.say("unseen", say("no-picture"), say("last", { time: clock(followed) }), "warn");
}, 1000);

mode();
renew();
setInterval(() => { if (!document.hidden) renew(); }, 10000);
