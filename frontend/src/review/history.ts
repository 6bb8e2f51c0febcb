// What was decided on this visit, so that it can be taken back, the latest first.
import type { Change } from "./drafts";
import type { Item } from "./page";

export interface Step {
  item: Item;
  /** What stood there before; without a verdict only the machine's. */
  before: Change;
  kind: "verdict" | "note";
}

export const NOTHING: Change = { verdict: null, level: null, reason_code: null, note: "" };

const steps: Step[] = [];

/** What a person decided about an item, as it can be given back; what rests on old evidence cannot. */
export function standingChange({ decided }: Item): Change {
  const { verdict, level, reason_code, note, outdated } = decided;
  return verdict === null || outdated ? NOTHING : { verdict, level, reason_code, note };
}

/** Remembers how an item stands before it is changed; what is typed into one note is one change. */
export function record(item: Item, kind: Step["kind"]): void {
  const last = steps.at(-1);
  if (kind === "note" && last?.item === item && last.kind === "note") return;
  steps.push({ item, before: standingChange(item), kind });
}

export const lastStep = (): Step | undefined => steps.pop();

/** Somebody else's decision stands there now: what was before is theirs to take back. */
export function forgetSteps(item: Item): void {
  steps.splice(0, steps.length, ...steps.filter((step) => step.item !== item));
}

/** Takes back the memory of the item's latest step, which came to nothing. */
export function forgetLast(item: Item): void {
  const at = steps.findLastIndex((step) => step.item === item);
  if (at >= 0) steps.splice(at, 1);
}
