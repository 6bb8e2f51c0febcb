// The one line that tells what was saved and what went wrong; a screen reader hears each of its texts once.
import { find, say } from "./page";

export type StatusTone = "" | "caution" | "fail";

/** Shows a text; `spoken` comes before it for those who do not see what changed. A brief text has room on a phone too. */
export function tell(text: string, tone: StatusTone = "", spoken = "", brief = false): void {
  const line = find("[data-saved]");
  const hidden = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: `${spoken} ` });
  line.className = `saved ${tone}${brief ? " brief" : ""}`;
  line.replaceChildren(...(spoken ? [hidden] : []), text);
}

/** Tells that it is saved, what that was, and what comes next. */
export function tellSaved(what: string, next: string, spoken: string): void {
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  tell([what, say("saved", { time }), next].filter(Boolean).join(" · "), "", spoken, !what && !next);
}
