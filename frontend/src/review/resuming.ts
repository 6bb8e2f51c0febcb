// What an earlier visit decided here and could not send, or left unfinished.
import type { Change } from "./drafts";
import { say, type Item } from "./page";
import type { Saving } from "./saving";
import { tell } from "./status";

/** Sends what waits, each change on the version that it was made on, and shows what waits for a reason or a verdict. */
export function resumeDrafts(
  saving: Saving,
  items: Item[],
  unsent: (item: Item, change: Change) => void,
  unfinished: (item: Item, change: Change) => void,
): void {
  let count = 0;
  for (const draft of saving.drafts()) {
    const item = items.find((one) => one.id === draft.item);
    if (!item) saving.discard(draft);
    else if (draft.aside) unfinished(item, draft);
    else if (saving.resume(draft)) {
      unsent(item, draft);
      count += 1;
    }
  }
  if (count) tell(say("draftsSent"));
}
