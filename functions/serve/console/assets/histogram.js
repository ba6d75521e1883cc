// How often each code value stands in a picture, as it is shown: red, green, blue.
import { html, useEffect, useRef } from "./vendor/htm-preact-3.1.1.js";

const TONES = ["#e05a4e", "#57b36a", "#5b8fe0"], BINS = 256, WIDE = 480;

/** (3 x 256 counts, share of pixels at 0, share at 255) of a picture that is loaded. */
export function counted(image) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(WIDE, image.naturalWidth);
  canvas.height = Math.max(1, Math.round((canvas.width * image.naturalHeight) / image.naturalWidth));
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  ink.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
  const bins = [new Uint32Array(BINS), new Uint32Array(BINS), new Uint32Array(BINS)];
  let black = 0, white = 0;
  for (let i = 0; i < data.length; i += 4) {
    for (let c = 0; c < 3; c += 1) bins[c][data[i + c]] += 1;
    black += data[i] + data[i + 1] + data[i + 2] === 0;
    white += data[i] === 255 || data[i + 1] === 255 || data[i + 2] === 255;
  }
  const pixels = data.length / 4;
  return { bins, black: black / pixels, white: white / pixels };
}

export function Histogram({ title, of }) {
  const ref = useRef(null);
  useEffect(() => {
    const canvas = ref.current, ink = canvas.getContext("2d"), width = (canvas.width = 512), height = (canvas.height = 192);
    ink.clearRect(0, 0, width, height);
    if (!of) return;
    const inner = of.bins.map((bin) => [...bin].slice(1, 255));
    const most = Math.max(1, ...inner.flat());
    ink.globalCompositeOperation = "screen";
    of.bins.forEach((bin, c) => {
      ink.fillStyle = TONES[c];
      ink.globalAlpha = 0.85;
      ink.beginPath();
      ink.moveTo(0, height);
      bin.forEach((n, i) => ink.lineTo((i / (BINS - 1)) * width, height - Math.min(1, Math.sqrt(n / most)) * (height - 6)));
      ink.lineTo(width, height);
      ink.fill();
    });
  }, [of]);
  const percent = (share) => `${(100 * share).toFixed(share && share < 0.01 ? 2 : 1)} %`;
  const words = of ? `${percent(of.black)} black, ${percent(of.white)} at the top` : "no picture";
  return html`<div class="gap tight"><div class="row small"><b>${title}</b><span class="dim grow">${words}</span></div>
    <canvas ref=${ref} class="histogram" role="img" aria-label=${`Histogram of ${title}: ${words}`}></canvas></div>`;
}
