// The picture place of one camera: the video, or a sentence that says why there is none.
import { clock, codecName, hideBroken, say, setIcon } from "./words.js";

const SLOW = 3000; // ms without a picture until a sentence says so
const TOLD = 4000; // ms that a crossed gap is told

export class Picture {
  constructor(element) {
    this.element = element;
    this.video = element.querySelector("video");
    this.time = element.querySelector(".clock");
    this.hole = element.querySelector(".hole");
    this.told = element.querySelector(".told");
    hideBroken(element.querySelector("img"));
    this.button = this.hole.querySelector("button");
    this.button.addEventListener("click", () => this.next?.());
  }

  // A frame is shown: its own clock stands in the corner, and no sentence before it.
  clock(wall) {
    clearTimeout(this.slow);
    this.next = null;
    this.hole.hidden = true;
    this.time.hidden = false;
    this.time.textContent = clock(wall);
  }

  // Nothing yet: the still stays, and after a while a sentence.
  wait() {
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.say("nyala", say("loading"), say("slow")), SLOW);
  }

  clear() {
    clearTimeout(this.slow);
    this.hole.hidden = true;
    this.time.hidden = true;
    this.tell("");
  }

  say(icon, word, line, kind = "", button = "", next = null) {
    clearTimeout(this.slow);
    this.hole.className = `hole ${kind}`;
    setIcon(this.hole, icon);
    this.hole.querySelector(".word").textContent = word;
    this.hole.querySelector("span").textContent = line;
    this.next = next; // what the button does, and the play button too
    this.button.hidden = !button;
    this.button.textContent = button;
    this.hole.hidden = false;
    this.time.hidden = true;
  }

  tell(text) {
    clearTimeout(this.telling);
    this.told.textContent = text;
    this.told.hidden = !text;
  }

  unplayable(codec, what) {
    if (!("MediaSource" in window)) this.say("unseen", say("no-mse"), say("no-mse-do"), "warn");
    else this.say("unseen", say("not-playable", { codec: codecName(codec) }), what, "warn");
  }

  // Somebody asked for a moment without footage: the place says why, and offers the next second.
  gap({ from, to, gap }, next) {
    const word = gap ? gap.words : say("nothing");
    const line = gap ? say("gap-span", gap) : say("no-footage", { time: clock(from) });
    this.say(gap ? "mati" : "unseen", word, line, "", say("continue", { time: clock(to) }), next);
  }

  // Playing went over a gap: it goes on, and the sentence stands for a while.
  crossed({ from, to, gap }) {
    const cause = gap ? gap.words : say("nothing");
    this.tell(say("gap", { span: gap ? gap.span : `${clock(from)}–${clock(to)}`, cause }));
    this.telling = setTimeout(() => this.tell(""), TOLD);
  }

  none(wall) {
    this.say("unseen", say("nothing"), say("no-footage-after", { time: clock(wall) }));
  }
}
