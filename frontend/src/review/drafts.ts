// What was decided here and is not saved yet, kept on this device until it is.
import type { Choice } from "./page";

/** What a person decides about an item; without a verdict it is undone. */
export interface Change {
  verdict: Choice | null;
  level: number | null;
  reason_code: string | null;
  note: string;
}

/** A change of an item, and the version of the item that it was made on. */
export interface Draft extends Change {
  item: string;
  version: number;
  /** When it was made, in milliseconds since 1970. */
  at: number;
  /** Not to be sent yet: its reason is missing, or it is a note to no verdict. */
  aside: boolean;
  /** An earlier change of the same hand, of which nobody knows whether it arrived. */
  after: Change | null;
}

export interface Drafts {
  all(): Draft[];
  keep(draft: Draft): void;
  /** Lets go of an item's draft, unless another tab has put its own in the place. */
  drop(draft: Draft): void;
}

/** Whether both say the same of an item. */
export function same(one: Change, other: Change): boolean {
  if (one.verdict === null || other.verdict === null) return one.verdict === other.verdict;
  return (["verdict", "level", "reason_code", "note"] as const).every((part) => one[part] === other[part]);
}

/** The drafts of this person to this review: one entry for each item, so that two tabs do not write over each other. */
export function openDrafts(reviewUrl: string, reader: string): Drafts {
  const prefix = `draft ${reader} ${reviewUrl} `;
  // What this tab last wrote or read, to tell it from what another tab wrote since.
  const mine = new Map<string, string>();
  const nameOf = (draft: Draft) => `${prefix}${draft.item}${draft.aside ? "?" : ""}`;

  function keep(draft: Draft): void {
    const text = JSON.stringify(draft);
    mine.set(nameOf(draft), text);
    try {
      localStorage.setItem(nameOf(draft), text);
    } catch {
      // A full or forbidden store keeps nothing; what is decided is still sent.
    }
  }

  /** Takes over what was kept when drafts did not know their versions: over a decision it is asked about, never sent. */
  function adoptOld(): void {
    const name = `drafts ${reviewUrl}`;
    const old = JSON.parse(localStorage.getItem(name) ?? "{}") as Record<string, Change>;
    for (const [item, change] of Object.entries(old)) keep({ ...change, item, version: 0, at: 0, aside: false, after: null });
    localStorage.removeItem(name);
  }

  adoptOld();
  return {
    all() {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
      return names.map((name) => {
        const text = localStorage.getItem(name)!;
        mine.set(name, text);
        return JSON.parse(text) as Draft;
      });
    },
    keep,
    drop(draft) {
      const name = nameOf(draft);
      if (localStorage.getItem(name) === mine.get(name)) localStorage.removeItem(name);
    },
  };
}
