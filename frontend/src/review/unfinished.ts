// What cannot be sent yet: a verdict without the reason it needs, a note to an item that nobody decided.
import type { Chosen, Item } from "./page";
import type { Saving } from "./saving";

export interface Unfinished {
  /** The verdict that lacks its reason. */
  chosen(item: Item): Chosen | undefined;
  waits(item: Item): boolean;
  hasNote(item: Item): boolean;
  choose(item: Item, chosen: Chosen): void;
  note(item: Item): void;
  /** The verdict that lacked its reason is given up; a note stays. */
  drop(item: Item): void;
  /** It can be sent now. */
  finish(item: Item): void;
}

/** Keeps it on this device all the same, so that a reload does not lose it. */
export function mountUnfinished(saving: () => Saving, noteOf: (item: Item) => string): Unfinished {
  const reasonless = new Map<Item, Chosen>();
  const loose = new Set<Item>();

  function keep(item: Item): void {
    const chosen = reasonless.get(item);
    const note = chosen || loose.has(item) ? noteOf(item) : "";
    const change = { verdict: chosen?.verdict ?? null, level: chosen?.level ?? null, reason_code: null, note };
    saving().putAside(item.id, chosen || note ? change : null);
  }

  return {
    chosen: (item) => reasonless.get(item),
    waits: (item) => reasonless.has(item),
    hasNote: (item) => loose.has(item),
    choose(item, chosen) {
      reasonless.set(item, chosen);
      keep(item);
    },
    note(item) {
      loose.add(item);
      keep(item);
    },
    drop(item) {
      reasonless.delete(item);
      keep(item);
    },
    finish(item) {
      reasonless.delete(item);
      loose.delete(item);
    },
  };
}
