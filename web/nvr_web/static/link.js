// The one WebSocket of a page: states of all cameras, and fragments of the streams it watches.
const INIT = 1;
const FRAGMENT = 2;
const HEAD = 24;

export class Link {
  // about: the camera whose page this is, if it is one's.
  constructor({ states, lost, back, about = "" }) {
    this.on = { states, lost, back };
    this.about = about;
    this.watches = new Map();
    this.channel = 0;
    this.tries = 0;
    this.offset = 0;
    this.open();
  }

  // Wall time of the server now, in seconds.
  now() { return (Date.now() + this.offset) / 1000; }

  // Ask for a stream; sink: segment(message), init(bytes), fragment(head, bytes), and
  // refused(why, most), which ends it; most: how many streams a page may watch, when it does.
  // Returns its undo.
  watch(camera, stream, sink) {
    const channel = this.channel = this.channel % 65535 + 1;
    this.watches.set(channel, { camera, stream, sink });
    this.send({ type: "subscribe", channel, camera, stream });
    return () => {
      if (this.watches.delete(channel)) this.send({ type: "unsubscribe", channel });
    };
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/api/v1/live?about=${this.about}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.told(JSON.parse(data));
      else this.given(data);
    };
    this.socket.onopen = () => {
      for (const [channel, { camera, stream }] of this.watches) {
        this.send({ type: "subscribe", channel, camera, stream });
      }
    };
    this.socket.onclose = () => {
      const wait = Math.min(5, 2 ** this.tries++);
      this.on.lost(wait);
      setTimeout(() => this.open(), wait * 1000);
    };
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  told(message) {
    if (message.type === "states") {
      this.offset = message.now / 1000 - Date.now();
      if (this.tries) { this.tries = 0; this.on.back(); }
      this.on.states(message);
      return;
    }
    const watch = this.watches.get(message.channel);
    if (message.type === "segment") watch?.sink.segment(message);
    else if (message.type === "refused" && this.watches.delete(message.channel)) {
      watch.sink.refused(message.why, message.most);
    }
  }

  given(buffer) {
    const view = new DataView(buffer);
    const watch = this.watches.get(view.getUint16(2));
    if (!watch) return;
    const bytes = new Uint8Array(buffer, HEAD);
    if (view.getUint8(0) === INIT) watch.sink.init(bytes);
    else if (view.getUint8(0) === FRAGMENT) {
      watch.sink.fragment({
        key: view.getUint8(1) === 1,
        duration: view.getUint32(4),
        start: Number(view.getBigInt64(8)),
        wall: Number(view.getBigInt64(16)) / 1e6,
      }, bytes);
    }
  }
}
