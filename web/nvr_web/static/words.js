// Texts by key, and times as the office writes them. Wall times are seconds since 1970.
const texts = JSON.parse(document.getElementById("words").textContent);
const { lang, dataset: { zone } } = document.documentElement;
const locale = lang === "id" ? "id-ID" : "en-GB";
const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
const short = new Intl.DateTimeFormat(locale, hours);
const long = new Intl.DateTimeFormat(locale, { ...hours, second: "2-digit" });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const say = (key, values = {}) =>
  texts[`js.${key}`].replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const clock = (wall) => long.format(wall * 1000);
export const shortClock = (wall) => short.format(wall * 1000);
export const number = (value) => tenths.format(value);

const codecs = { hvc1: "H.265", hev1: "H.265", avc1: "H.264", avc3: "H.264" };
export const codecName = (codec) => codecs[codec.slice(0, 4)] || codec;
export const playable = (codec) =>
  "MediaSource" in window && MediaSource.isTypeSupported(`video/mp4; codecs="${codec}"`);

// Put text and an icon into a chip, a hole or a card; never markup from outside.
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}
export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", `/static/icons.svg#${name}`);
}

// A still that could not be made is no picture; it may have failed before the script ran.
export function hideBroken(image) {
  if (!image) return;
  const hide = () => { image.hidden = true; };
  if (image.complete && !image.naturalWidth) hide();
  else image.addEventListener("error", hide);
}
