// The transcript: click to hear, find in it, follow the sound, light up what an item rests on.
import { habits, remember } from "./habits";
import { find, say } from "./page";
import type { Player, Span } from "./player";
import { standing, tone } from "./verdicts";
import type { Item } from "./page";

export interface Transcript {
  find(): void;
  /** Shows in badges and marks how the items stand, and which one is looked at. */
  show(items: Item[], active: Item | null): void;
  /** Brings the turn at this moment into view. */
  reveal(seconds: number): void;
}

const FIND_DELAY_MS = 80;

interface Line {
  element: HTMLElement;
  start: number;
}

/** The stretches in which each side talks, as far as the turns have times. */
export interface Turns {
  agent: Span[];
  customer: Span[];
}

export function turnsOf(root: ParentNode): Turns {
  const of = (side: string): Span[] =>
    [...root.querySelectorAll<HTMLElement>(`.line.${side}[data-start][data-end]`)].map(({ dataset }) => [
      Number(dataset.start),
      Number(dataset.end),
    ]);
  return { agent: of("agent"), customer: of("customer") };
}

export function mountTranscript(root: HTMLElement, player: Player | null): Transcript {
  const list = find("[data-turns]", root);
  const lines: Line[] = [...list.querySelectorAll<HTMLElement>(".line[data-start]")].map((element) => ({
    element,
    start: Number(element.dataset.start),
  }));
  const marks = [...list.querySelectorAll<HTMLElement>("mark")];
  const badges = Map.groupBy(list.querySelectorAll<HTMLElement>("[data-badge]"), (badge) => badge.dataset.badge);
  const follow = find<HTMLInputElement>("[data-follow]", root);
  let current: Line | null = null;
  follow.checked = habits.follow;
  follow.addEventListener("change", () => remember({ follow: follow.checked }));

  const times = () => [...list.querySelectorAll<HTMLButtonElement>(".line[data-start] > .time")];

  function lineAt(seconds: number): Line | null {
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.start ?? 0) <= seconds + 0.05) low = middle + 1;
      else high = middle;
    }
    return lines[low - 1] ?? null;
  }

  function bringIntoView(element: HTMLElement): void {
    const [inner, outer] = [element.getBoundingClientRect(), list.getBoundingClientRect()];
    if (outer.height === 0 || (inner.top >= outer.top && inner.bottom <= outer.bottom)) return;
    if (list.scrollHeight > list.clientHeight) list.scrollTop += inner.top - outer.top - outer.height / 3;
    else element.scrollIntoView({ block: "nearest" });
  }

  function move(seconds: number): void {
    const line = lineAt(seconds);
    if (line === current) return;
    current?.element.removeAttribute("aria-current");
    line?.element.setAttribute("aria-current", "true");
    current = line;
    if (line && follow.checked) bringIntoView(line.element);
  }

  if (player) {
    player.onMove(move);
    list.addEventListener("click", (event) => {
      const target = event.target as HTMLElement;
      const line = target.closest<HTMLElement>(".line[data-start]");
      const chosen = window.getSelection();
      if (!line || target.closest("a, input, select, textarea, form, button:not(.time)")) return;
      if (chosen && !chosen.isCollapsed && list.contains(chosen.anchorNode)) return;
      player.seek(Number(line.dataset.start), true);
    });
    const first = list.querySelector<HTMLButtonElement>(".line[data-start] > .time");
    if (first) first.tabIndex = 0;
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const all = times();
      const at = all.indexOf(event.target as HTMLButtonElement);
      const next = step && at >= 0 ? all[at + step] : undefined;
      if (!next) return;
      event.preventDefault();
      all[at]!.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  } else {
    for (const time of times()) time.disabled = true;
  }

  return {
    find: mountFind(root, list, bringIntoView),
    show(items, active) {
      for (const item of items) {
        const { verdict, by } = standing(item);
        const shown = `pin ${tone(verdict)} ${by}${item === active ? " active" : ""}`;
        for (const badge of badges.get(String(item.number)) ?? []) if (badge.className !== shown) badge.className = shown;
      }
      for (const mark of marks) {
        const numbers = mark.dataset.items?.split(" ") ?? [];
        mark.classList.toggle("active", active !== null && numbers.includes(String(active.number)));
      }
    },
    reveal(seconds) {
      const line = lineAt(seconds);
      if (line) bringIntoView(line.element);
    },
  };
}

/** Find in the transcript: hits are highlighted, Enter goes on, Shift+Enter back. */
function mountFind(root: HTMLElement, list: HTMLElement, reveal: (element: HTMLElement) => void): () => void {
  const field = find<HTMLInputElement>("[data-find]", root);
  const count = find<HTMLOutputElement>("[data-find-count]", root);
  let texts: { words: Element; text: string }[] = [];
  let hits: StaticRange[] = [];
  let timer = 0;
  let at = 0;
  let before: Element | null = null;

  function search(): void {
    window.clearTimeout(timer);
    timer = 0;
    const wanted = field.value.trim().toLowerCase();
    if (!texts.length) texts = [...list.querySelectorAll(".words")].map((words) => ({ words, text: words.textContent.toLowerCase() }));
    hits = wanted ? texts.filter(({ text }) => text.includes(wanted)).flatMap(({ words }) => rangesOf(words, wanted)) : [];
    at = 0;
    show();
  }

  function show(): void {
    const hit = hits[at];
    CSS.highlights?.set("found", new Highlight(...hits));
    CSS.highlights?.set("found-now", new Highlight(...(hit ? [hit] : [])));
    count.textContent = hit ? say("found", { at: at + 1, count: hits.length }) : field.value.trim() ? say("notFound") : "";
    const line = hit?.startContainer.parentElement?.closest<HTMLElement>(".line");
    if (line) reveal(line);
  }

  // Turns may have been mended since the last search.
  field.addEventListener("focus", () => (texts = []));
  // What is typed shows first; a letter or two are found a thousand times.
  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(search, FIND_DELAY_MS);
  });
  field.addEventListener("keydown", (event) => {
    // While characters are being composed, Enter and Escape are the input method's.
    if (event.isComposing) return;
    if (event.key === "Enter" && timer) search();
    else if (event.key === "Enter" && hits.length) {
      at = (at + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
      show();
      event.preventDefault();
    } else if (event.key === "Escape") {
      field.value = "";
      search();
      if (before instanceof HTMLElement && before !== document.body) before.focus({ preventScroll: true });
      else list.focus({ preventScroll: true });
    }
  });
  return () => {
    if (document.activeElement !== field) before = document.activeElement;
    field.select();
  };
}

function rangesOf(words: Element, wanted: string): StaticRange[] {
  const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  const parts: { node: Node; start: number }[] = [];
  let text = "";
  while (walker.nextNode()) {
    parts.push({ node: walker.currentNode, start: text.length });
    text += walker.currentNode.textContent ?? "";
  }
  const spot = (place: number) => parts.findLast((part) => part.start <= place) ?? parts[0]!;
  const found: StaticRange[] = [];
  // The lower case of some letters is longer than they are; where that happens a hit may sit a letter off, nothing worse.
  for (let from = text.toLowerCase().indexOf(wanted); from >= 0; from = text.toLowerCase().indexOf(wanted, from + wanted.length)) {
    const [first, last] = [spot(from), spot(from + wanted.length - 1)];
    const range = new StaticRange({
      startContainer: first.node,
      startOffset: Math.min(from - first.start, first.node.textContent!.length),
      endContainer: last.node,
      endOffset: Math.min(from + wanted.length - last.start, last.node.textContent!.length),
    });
    found.push(range);
  }
  return found;
}
