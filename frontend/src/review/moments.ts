// Times that stand in a note, as buttons that play from there.
import { clock, fromClock, say } from "./page";

const TIME = /\[((?:\d+:)?\d{1,2}:\d{2})\]/g;

/** Shows a button for each time in a note. */
export function showMoments(place: HTMLElement, note: string): void {
  const times = [...new Set([...note.matchAll(TIME)].map((match) => fromClock(match[1] ?? "")))].filter((time) => time !== null);
  place.hidden = times.length === 0;
  place.replaceChildren(
    ...times.map((seconds) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "moment-button";
      button.dataset.playFrom = String(seconds);
      button.setAttribute("aria-label", say("playFrom", { time: clock(seconds) }));
      button.textContent = `▸ ${clock(seconds)}`;
      return button;
    }),
  );
}
