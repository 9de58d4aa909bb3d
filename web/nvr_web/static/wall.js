// The wall: every tile that is on screen shows its camera live; states come over the same socket.
import { Link } from "./link.js";
import { LivePlayer, OLD } from "./live.js";
import { States } from "./states.js";
import { clock, codecName, hideBroken, playable, say, setIcon } from "./words.js";

const STILL = 5000; // ms between pictures of a camera that the browser cannot play

class Tile {
  constructor(element) {
    this.element = element;
    this.camera = element.dataset.camera;
    this.video = element.querySelector("video");
    this.clock = element.querySelector(".clock");
    this.hole = element.querySelector(".hole");
    this.still = element.querySelector("img");
    hideBroken(this.still);
  }

  // Begin or end watching, as the state, the screen and the browser allow.
  settle() {
    const streams = this.state?.streams ?? [];
    // The wall asks for the smaller stream first.
    const shown = streams.toReversed().find(({ codec }) => playable(codec));
    const wants = this.seen && !document.hidden && !link.lost && this.state?.live;
    if (wants && shown && this.watched === shown.stream) return;
    if (wants && (this.refused || (!shown && this.stills))) return;
    this.end();
    if (!wants) return;
    if (shown) this.begin(shown.stream);
    else if (streams.length) {
      const codec = codecName(streams[0].codec);
      this.beginStills(say("stills", { seconds: STILL / 1000 }), say("not-playable", { codec }));
    }
  }

  // Not live: a still picture every few seconds with a word in its corner, or why there is none.
  beginStills(word, none) {
    const why = () => this.say("unseen", none, "", "warn");
    const next = new Image();
    const load = () => { next.src = `/api/v1/picture/${this.camera}?again=${Date.now()}`; };
    next.onload = () => {
      this.still ??= this.video.insertAdjacentElement("beforebegin", new Image());
      this.still.alt = "";
      this.still.hidden = false;
      this.still.src = next.src;
      this.hole.hidden = true;
      this.clock.hidden = false;
      this.clock.textContent = word;
    };
    next.onerror = why;
    this.stills = setInterval(load, STILL);
    load();
  }

  begin(stream) {
    this.watched = stream;
    this.player = new LivePlayer(this.video, {
      clock: (wall) => {
        this.wall = wall;
        this.hole.hidden = true;
        this.clock.hidden = false;
        this.clock.textContent = clock(wall);
      },
      again: () => { this.end(); this.settle(); },
    });
    this.undo = link.watch(this.camera, stream, {
      segment: (message) => this.player?.segment(message),
      init: (bytes) => this.player?.init(bytes),
      fragment: (head, bytes) => this.player?.fragment(head, bytes),
      refused: (why, most) => this.refuse(why, most),
    });
  }

  // The server gives no stream. It is not asked again before another tile leaves one, or, where
  // that is no reason, before this tile has been away.
  refuse(why, most) {
    this.undo = null;
    this.end();
    this.refused = most ? "full" : "no";
    if (!most) { this.say("unseen", why, "", "warn"); return; }
    const word = say("full", { seconds: STILL / 1000, count: most });
    this.beginStills(word, say("full-none", { count: most }));
  }

  end() {
    if (this.undo) { this.undo(); left(); }
    this.player?.close();
    clearInterval(this.stills);
    this.undo = this.player = this.watched = this.stills = this.refused = null;
  }

  show(state) {
    this.state = state;
    if (!state.live) this.say(state.icon, state.word, state.line, state.kind);
    else if (this.troubled) this.hole.hidden = true;
    this.troubled = !state.live;
    this.settle();
  }

  say(icon, word, line, kind = "") {
    this.hole.className = `hole ${kind}`;
    setIcon(this.hole, icon);
    this.hole.querySelector(".word").textContent = word;
    this.hole.querySelector("span").textContent = line;
    this.hole.hidden = false;
    this.clock.hidden = true;
  }

  // A picture that has grown old is taken away: nothing frozen may look like now.
  age() {
    if (!this.player || !this.wall || link.lost || link.now() - this.wall < OLD) return;
    this.say("unseen", say("no-picture"), say("last", { time: clock(this.wall) }), "warn");
  }
}

// Tiles have left their streams: as many of those that wait may ask, once those that left have had
// the time to take another.
let free = 0;
let asking;
function left() {
  free++;
  asking ??= setTimeout(() => {
    const waiting = [...tiles.values()].filter(({ refused }) => refused === "full").slice(0, free);
    free = 0;
    asking = null;
    for (const tile of waiting) { tile.end(); tile.settle(); }
  });
}

const tiles = new Map();
for (const element of document.querySelectorAll(".tile")) {
  tiles.set(element.dataset.camera, new Tile(element));
}

const states = new States((camera) => tiles.get(camera.id)?.show(camera));
const link = new Link({
  states: (message) => { states.take(message); },
  back: () => { link.lost = false; for (const tile of tiles.values()) tile.show(tile.state); },
  lost: (seconds) => {
    link.lost = true;
    for (const tile of tiles.values()) {
      tile.end();
      tile.say("mati", say("lost"), say("retry", { seconds }), "mati");
      tile.troubled = true;
    }
  },
});

const screen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const tile = tiles.get(target.dataset.camera);
    tile.seen = isIntersecting;
    tile.settle();
  }
}, { rootMargin: "100px" });
for (const { element } of tiles.values()) screen.observe(element);

document.addEventListener("visibilitychange", () => {
  for (const tile of tiles.values()) tile.settle();
});
setInterval(() => { for (const tile of tiles.values()) tile.age(); }, 1000);
