// The items above the waveform, each where its evidence is: circle pass, square fail; dashed the machine's.
import type { Item, Listening } from "./page";
import { clock, find, say } from "./page";
import { standing, tone } from "./verdicts";

const PIN_PIXELS = 26;
// Where there is little room only what somebody will want to look into has a pin.
const NARROW_PIXELS = 500;

export interface Pins {
  show(items: Item[], active: Item | null): void;
}

interface Pin {
  item: Item;
  seconds: number;
  x: number;
}

/** Moves neighbours apart until none touch; those in one heap spread about its middle. */
export function spread(wanted: number[], size: number, width: number): number[] {
  const heaps: { sum: number; count: number }[] = [];
  const left = (heap: { sum: number; count: number }) => {
    const room = heap.count * size;
    return Math.min(Math.max(heap.sum / heap.count - room / 2, 0), Math.max(0, width - room));
  };
  for (const x of wanted) {
    heaps.push({ sum: x, count: 1 });
    for (;;) {
      const [before, last] = heaps.slice(-2);
      if (!before || !last || left(before) + before.count * size <= left(last)) break;
      heaps.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return heaps.flatMap((heap) => Array.from({ length: heap.count }, (_, at) => left(heap) + (at + 0.5) * size));
}

export function mountPins(root: HTMLElement, listening: Listening, choose: (item: Item, seconds: number) => void): Pins {
  const bar = find("[data-pins]", root);
  const leaders = find<SVGElement>("[data-leaders]", root);
  let shown: { items: Item[]; active: Item | null } = { items: [], active: null };
  let [current, width, drawn] = [0, 0, ""];

  function button({ item, seconds }: Pin, place: number, x: number): HTMLElement {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = String(item.number);
    made.tabIndex = place === current ? 0 : -1;
    made.style.left = `${x}px`;
    made.addEventListener("click", () => {
      current = place;
      choose(item, seconds);
    });
    return made;
  }

  function dress(made: Element, { item, seconds }: Pin): void {
    const { verdict, by } = standing(item);
    const look = `pin ${tone(verdict)} ${by}${item === shown.active ? " active" : ""}`;
    if (made.className === look) return;
    made.className = look;
    made.setAttribute("aria-label", `${say("item")} ${item.number}, ${say(verdict)}, ${clock(seconds)}: ${item.title}`);
  }

  function pinsToShow(): Pin[] {
    const narrow = width < NARROW_PIXELS;
    const pins = shown.items
      .filter((item) => !narrow || item === shown.active || ["fail", "caution"].includes(tone(standing(item).verdict)))
      .flatMap((item) => item.pins.map((seconds) => ({ item, seconds, x: (seconds / listening.duration) * width })))
      .sort((one, other) => one.x - other.x || one.item.number - other.item.number);
    return pins.length * PIN_PIXELS > width ? pins.filter((pin) => pin.seconds === pin.item.pins[0]) : pins;
  }

  function render(): void {
    if (!width) return;
    const pins = pinsToShow();
    const wanted = `${width} ${pins.map(({ item, seconds }) => `${item.number}@${seconds}`).join(" ")}`;
    // Mostly only the look of a pin or two changes; where they stand does not.
    if (wanted !== drawn) place(pins);
    drawn = wanted;
    pins.forEach((pin, at) => dress(bar.children[at]!, pin));
  }

  function place(pins: Pin[]): void {
    const places = spread(pins.map((pin) => pin.x), PIN_PIXELS, width);
    const focused = bar.contains(document.activeElement);
    current = Math.min(current, Math.max(0, pins.length - 1));
    bar.replaceChildren(...pins.map((pin, at) => button(pin, at, places[at] ?? pin.x)));
    if (focused) bar.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    leaders.replaceChildren(
      ...pins.map((pin, at) => {
        const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
        line.setAttribute("d", `M${(places[at] ?? pin.x).toFixed(1)} 0V3L${pin.x.toFixed(1)} 12`);
        return line;
      }),
    );
  }

  bar.addEventListener("keydown", (event) => {
    const buttons = [...bar.querySelectorAll<HTMLElement>("button")];
    const next = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    buttons[current]?.setAttribute("tabindex", "-1");
    current = Math.min(Math.max(next, 0), buttons.length - 1);
    buttons[current]?.setAttribute("tabindex", "0");
    buttons[current]?.focus();
  });
  new ResizeObserver(([box]) => {
    width = box?.contentRect.width ?? 0;
    render();
  }).observe(bar);

  return {
    show(items, active) {
      shown = { items, active };
      render();
    },
  };
}
