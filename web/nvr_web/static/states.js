// What the server says of its cameras, put into the page; a change shows once it has held 2 s.
import { icon, setIcon } from "./words.js";

const HELD = 2000;
const QUIET = 10000; // the live region speaks at most this often

export class States {
  // changed(camera): at first, and whenever a camera's state has really changed.
  constructor(changed) {
    this.changed = changed;
    this.shown = new Map();
    this.due = new Map();
    this.spoken = 0;
  }

  take({ cameras, headline, today, alerts }) {
    for (const camera of cameras) this.takeOne(camera);
    this.newest = { headline, today, alerts };
    this.heads ??= setTimeout(() => { this.heads = null; this.head(this.newest); }, this.spoken ? HELD : 0);
  }

  takeOne(camera) {
    const same = (other) => other && other.word === camera.word && other.live === camera.live;
    const due = this.due.get(camera.id);
    if (due && same(due.camera)) { due.camera = camera; return; } // it holds; let the time run
    clearTimeout(due?.timer);
    this.due.delete(camera.id);
    const shown = this.shown.get(camera.id);
    if (!shown || same(shown)) { this.show(camera); return; }
    const held = { camera };
    held.timer = setTimeout(() => { this.due.delete(camera.id); this.show(held.camera, true); }, HELD);
    this.due.set(camera.id, held);
  }

  show(camera, news = false) {
    this.shown.set(camera.id, camera);
    for (const chip of document.querySelectorAll(`[data-chip="${camera.id}"]`)) {
      chip.classList.remove("rec", "nyala", "mati", "jeda", "warn");
      if (camera.kind) chip.classList.add(camera.kind);
      setIcon(chip, camera.icon);
      chip.querySelector(".word").textContent = camera.word;
    }
    this.changed(camera, news);
  }

  head({ headline, today, alerts }) {
    const title = document.getElementById("headline");
    const now = performance.now();
    if (title && title.textContent !== headline) {
      title.textContent = headline;
      if (this.spoken && now - this.spoken > QUIET) {
        document.getElementById("said").textContent = headline;
        this.spoken = now;
      }
    }
    this.spoken ||= now;
    const day = document.getElementById("today");
    if (day) day.textContent = today;
    const list = document.getElementById("alerts");
    list.hidden = !alerts.length;
    list.replaceChildren(...alerts.map(({ kind, icon: name, title: text, todo, said }) => {
      const card = document.createElement("div");
      card.className = `alert ${kind}`;
      const bold = document.createElement("b");
      bold.textContent = text;
      const line = document.createElement("p");
      line.textContent = todo;
      card.append(icon(name), bold, line);
      if (said) {
        const engineer = document.createElement("p");
        engineer.className = "said";
        engineer.textContent = said;
        card.append(engineer);
      }
      return card;
    }));
  }
}
