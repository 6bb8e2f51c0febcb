// A review that is submitted while somebody still decides: what came too late is kept, and shown.
import type { Draft } from "./drafts";
import { find, say, type Item } from "./page";

/** Somebody submitted the review meanwhile. */
export function showClosed(): void {
  const notice = find("[data-closed]");
  notice.hidden = false;
  find("[data-reload]", notice).onclick = () => window.location.reload();
}

/** What an earlier visit decided too late: it counts if the review is opened again, unless it is given up. */
export function showKept(drafts: Draft[], items: Item[], discard: (draft: Draft) => void): void {
  const late = drafts.filter(({ item, aside }) => !aside && items.some((one) => one.id === item));
  if (!late.length) return;
  const notice = find("[data-kept]");
  const number = (draft: Draft) => items.find((item) => item.id === draft.item)!.number;
  const lines = late.map((draft) => `${number(draft)} ${draft.verdict ? say(draft.verdict) : say("undoneWord")}`);
  find("[data-kept-items]", notice).textContent = lines.join(" · ");
  notice.hidden = false;
  find("[data-discard]", notice).onclick = () => {
    late.forEach(discard);
    notice.hidden = true;
    find("main").focus();
  };
}
