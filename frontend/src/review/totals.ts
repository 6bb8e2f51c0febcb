// The running total; the server's numbers are shown as they come.
import { find, say, type Totals } from "./page";

const number = (points: number | null): string => (points === null ? "–" : points.toFixed(1).replace(/\.0$/, ""));

const GLYPHS = { pass: "✓", fail: "✕", caution: "?", neutral: "–" };

function outcome(totals: Totals): { word: string; tone: keyof typeof GLYPHS } {
  if (totals.critical_failed) return { word: say("critical"), tone: "fail" };
  if (totals.passed !== null) return totals.passed ? { word: say("passed"), tone: "pass" } : { word: say("failed"), tone: "fail" };
  return totals.low === null ? { word: say("none"), tone: "neutral" } : { word: say("open"), tone: "caution" };
}

/** Shows the totals in the next frame: the verdict that was just given is painted first. */
export function showTotals(totals: Totals): void {
  requestAnimationFrame(() => {
    const root = find("[data-totals]");
    const { word, tone } = outcome(totals);
    const [low, high] = [totals.low ?? 0, totals.high ?? 0];
    find("[data-score]", root).textContent = number(totals.score);
    const badge = find("[data-outcome]", root);
    badge.className = `badge ${tone}`;
    const glyph = document.createElement("span");
    glyph.setAttribute("aria-hidden", "true");
    glyph.textContent = GLYPHS[tone];
    badge.replaceChildren(glyph, ` ${word}`);
    const bar = find<SVGElement>("[data-bar]", root);
    bar.setAttribute("class", `bar ${tone}`);
    find(".possible", bar).setAttribute("x", `${low}%`);
    find(".possible", bar).setAttribute("width", `${high - low}%`);
    find(".sure", bar).setAttribute("width", `${low}%`);
    const range = `${number(totals.low)}–${number(totals.high)}`;
    find("[data-range]", root).textContent = low === high ? "" : `${say("possible", { range })} · `;
  });
}

/** Shows how far one has come, in the next frame. */
export function showProgress(done: number, all: number): void {
  if (!counted) requestAnimationFrame(showCounted);
  counted = { done, all };
}

let counted: { done: number; all: number } | null = null;

function showCounted(): void {
  if (!counted) return;
  const { done, all } = counted;
  counted = null;
  find("[data-left]").textContent = say("left", { count: all - done });
  find("[data-progress]").textContent = say("progress", { done, count: all });
  document.querySelector("[data-command=submit]")?.setAttribute("aria-disabled", String(done < all));
}
