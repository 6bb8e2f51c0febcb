// The picture of the sound: agent above, customer below, holds hatched with their length, silence tinted.
import type { Player, Span } from "./player";
import { clock, find, say, type Listening } from "./page";
import type { Turns } from "./transcript";

const PEAKS_A_SECOND = 20;
const BAR_PIXELS = 3;
const TICK_SECONDS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICK_PIXELS = 90;
const LABEL_PIXELS = 76;
// Loudness above this share of the bars counts as full height: one shout must not flatten the rest.
const LOUD = 0.98;
// Sound of this share of the usual loudness, for this long, may be words that nobody wrote down.
const LOUD_PAUSE = 0.4;
const MISSED_SECONDS = 0.6;
// Music fades in and out around what is marked as a hold.
const HOLD_EDGE_SECONDS = 1;

const SVG = "http://www.w3.org/2000/svg";

function draw<K extends keyof SVGElementTagNameMap>(parent: Element, tag: K, values: Record<string, string | number>): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(values)) made.setAttribute(name, String(value));
  parent.append(made);
  return made;
}

/** The loudest peak of each bar, 0-1. */
function bars(peaks: Uint8Array, count: number): number[] {
  const found = Array.from({ length: count }, (_, bar) => {
    let loudest = 0;
    const end = Math.max(((bar + 1) * peaks.length) / count, (bar * peaks.length) / count + 1);
    for (let at = Math.floor((bar * peaks.length) / count); at < end && at < peaks.length; at += 1) {
      loudest = Math.max(loudest, peaks[at] ?? 0);
    }
    return loudest;
  });
  const full = found.toSorted((one, other) => one - other)[Math.floor(count * LOUD)] || 1;
  return found.map((loudness) => Math.min(1, Math.sqrt(loudness / full)));
}

/** How loud a channel is, summed over these stretches. */
function loudness(peaks: Uint8Array, spans: Span[]): number {
  return spans.reduce((sum, [start, end]) => {
    const heard = peaks.subarray(Math.round(start * PEAKS_A_SECOND), Math.round(end * PEAKS_A_SECOND));
    return sum + heard.reduce((all, peak) => all + peak, 0);
  }, 0);
}

/** Pauses in which something sounds, as loud as speech, are no silence: the recogniser may have missed what was said. */
function trulyIdle(idle: Span[], rows: Uint8Array[], turns: Turns, listening: Listening): Span[] {
  const spoken = [...turns.agent, ...turns.customer];
  const seconds = spoken.reduce((sum, [start, end]) => sum + end - start, 0);
  const usual = rows.reduce((sum, peaks) => sum + loudness(peaks, spoken), 0) / (seconds * PEAKS_A_SECOND);
  if (!seconds) return idle;
  return idle.filter(([start, end]) => {
    let [loud, all] = [0, 0];
    for (let at = Math.ceil(start * PEAKS_A_SECOND); at < end * PEAKS_A_SECOND; at += 1) {
      const place = at / PEAKS_A_SECOND;
      if (listening.holds.some((hold) => place >= hold.start - HOLD_EDGE_SECONDS && place <= hold.end + HOLD_EDGE_SECONDS)) continue;
      all += 1;
      if (rows.some((peaks) => (peaks[at] ?? 0) > usual * LOUD_PAUSE)) loud += 1;
    }
    return loud / PEAKS_A_SECOND < MISSED_SECONDS || all === 0;
  });
}

/** Fetches the peaks: one row of numbers for each channel, first that which is loud when the agent speaks. */
async function fetched(listening: Listening, turns: Turns): Promise<Uint8Array[]> {
  if (!listening.peaks) return [];
  const answer = await fetch(listening.peaks);
  if (!answer.ok) return [];
  const all = new Uint8Array(await answer.arrayBuffer());
  const channels = Number(answer.headers.get("X-Channels")) || 1;
  const length = Math.floor(all.length / channels);
  const rows = Array.from({ length: channels }, (_, channel) => all.subarray(channel * length, (channel + 1) * length));
  const [first, second] = rows;
  if (!first || !second) return rows;
  const agents = (peaks: Uint8Array) => loudness(peaks, turns.agent) - loudness(peaks, turns.customer);
  return agents(second) > agents(first) ? [second, first] : rows;
}

export function mountWaveform(root: HTMLElement, listening: Listening, turns: Turns, idle: Span[], player: Player): void {
  const picture = find("[data-picture]", root);
  const playhead = find("[data-playhead]", root);
  const ticks = find("[data-ticks]", root);
  let rows: Uint8Array[] = [];
  let played: SVGElement | null = null;

  function paths(svg: SVGElement, width: number, height: number): void {
    const each = height / Math.max(rows.length, 1);
    const count = Math.floor(width / BAR_PIXELS);
    const step = width / count;
    rows.forEach((peaks, row) => {
      // The sound may be a little shorter or longer than the call is said to be.
      const share = Math.min(1, peaks.length / PEAKS_A_SECOND / listening.duration);
      const line = bars(peaks, Math.max(1, Math.round(count * share)))
        .map((loudness, bar) => {
          const tall = Math.max(2, loudness * (each - 6));
          return `M${((bar + 0.5) * step).toFixed(1)} ${(each * (row + 0.5) - tall / 2).toFixed(1)}v${tall.toFixed(1)}`;
        })
        .join("");
      draw(svg, "path", { class: row === 0 ? "agent" : "customer", d: line });
    });
  }

  function redraw(): void {
    const { width, height } = picture.getBoundingClientRect();
    if (!width || !height) return;
    picture.querySelectorAll("svg, .side").forEach((old) => old.remove());
    const at = (seconds: number) => (seconds / listening.duration) * width;
    const ground = draw(picture, "svg", { class: "ground", "aria-hidden": "true" });
    const pattern = draw(ground, "pattern", { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    draw(pattern, "rect", { class: "hatch-ground", width: 8, height: 8 });
    draw(pattern, "line", { class: "hatch-line", y2: 8 });
    for (const [start, end] of idle) draw(ground, "rect", { class: "quiet", x: at(start), width: at(end) - at(start), height });
    for (const hold of listening.holds) {
      draw(ground, "rect", { class: "hold", x: at(hold.start), width: at(hold.end) - at(hold.start), height, fill: "url(#hatch)" });
    }
    if (rows.length > 1) draw(ground, "line", { class: "middle", x2: width, y1: height / 2, y2: height / 2 });
    paths(draw(picture, "svg", { class: "faint", "aria-hidden": "true" }), width, height);
    played = draw(picture, "svg", { class: "played", "aria-hidden": "true" });
    paths(played, width, height);
    const above = draw(picture, "svg", { class: "labels", "aria-hidden": "true" });
    for (const hold of listening.holds) {
      const middle = at((hold.start + hold.end) / 2);
      if (at(hold.end) - at(hold.start) < LABEL_PIXELS) continue;
      draw(above, "rect", { class: "hold-label", x: middle - LABEL_PIXELS / 2, y: 2, width: LABEL_PIXELS, height: 18, rx: 4 });
      draw(above, "text", { class: "hold-text", x: middle, y: 15 }).textContent = `${say("hold")} ${clock(hold.end - hold.start)}`;
    }
    if (rows.length > 1) {
      ["agent", "customer"].forEach((side) => {
        const label = document.createElement("span");
        label.className = `side ${side}`;
        label.textContent = say(side);
        label.setAttribute("aria-hidden", "true");
        picture.append(label);
      });
    }
    drawTicks(width);
    move(player.now());
  }

  function drawTicks(width: number): void {
    const most = Math.max(1, width / TICK_PIXELS);
    const step = TICK_SECONDS.find((seconds) => listening.duration / seconds <= most) ?? 3600;
    ticks.replaceChildren();
    for (let at = 0; at < listening.duration * 0.97; at += step) {
      const tick = document.createElement("span");
      tick.textContent = clock(at);
      tick.style.left = `${(at / listening.duration) * 100}%`;
      ticks.append(tick);
    }
  }

  function move(seconds: number): void {
    const share = Math.min(1, seconds / listening.duration);
    playhead.style.left = `${share * 100}%`;
    if (played) played.style.clipPath = `inset(0 ${(1 - share) * 100}% 0 0)`;
  }

  player.onMove(move);
  new ResizeObserver(redraw).observe(picture);
  redraw();
  // Without peaks the bar stays plain: holds and pauses are drawn from the transcript.
  const none = (): Uint8Array[] => [];
  void fetched(listening, turns)
    .catch(none)
    .then((found) => {
      if (!found.length) return;
      rows = found;
      idle = trulyIdle(idle, rows, turns, listening);
      player.skips(idle);
      redraw();
    });
}
