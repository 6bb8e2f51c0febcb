// Sends each item's verdict as it is decided; what could not be sent is kept on this device until it can.
import { say, type Choice, type Decision, type Totals } from "./page";

/** What a person decides about an item; without a verdict it is undone. */
export interface Change {
  verdict: Choice | null;
  level: number | null;
  reason_code: string | null;
  note: string;
}

export interface Outcome {
  saved(itemId: string, decided: Decision, totals: Totals): void;
  /** Somebody else changed the item meanwhile; `mine` is what was refused. */
  conflict(itemId: string, theirs: Decision, by: string, mine: Change, totals: Totals | undefined): void;
  /** The server does not take it, and would not take it again. */
  refused(itemId: string): void;
  status(text: string, tone: "" | "fail" | "caution"): void;
}

export interface Saving {
  save(itemId: string, change: Change): void;
  /** The version that the next change of an item must name. */
  know(itemId: string, version: number): void;
  /** What an earlier visit could not send. */
  drafts(): Record<string, Change>;
  /** Gives up what was decided here and could not be saved. */
  forget(itemId: string): void;
  settle(): Promise<void>;
}

interface Answer {
  item: Partial<Decision>;
  totals: Totals;
  current?: Decision;
  changed_by?: string;
  detail?: string;
  title?: string;
}

const versionOf = (etag: string | null): number | null => {
  const number = Number(etag?.replace(/^W\//, "").replaceAll('"', ""));
  return etag && Number.isInteger(number) ? number : null;
};

export function startSaving(reviewUrl: string, outcome: Outcome): Saving {
  const kept = `drafts ${reviewUrl}`;
  const versions = new Map<string, number>();
  const waiting = new Map<string, Change>();
  const busy = new Map<string, Promise<void>>();
  // What is put aside until the person chose between theirs and mine must not be sent by a reconnection.
  const disputed = new Set<string>();

  const drafts = (): Record<string, Change> => JSON.parse(localStorage.getItem(kept) ?? "{}") as Record<string, Change>;

  function keep(itemId: string, change: Change | null): void {
    const all = drafts();
    if (change) all[itemId] = change;
    else delete all[itemId];
    if (Object.keys(all).length) localStorage.setItem(kept, JSON.stringify(all));
    else localStorage.removeItem(kept);
  }

  async function send(itemId: string, change: Change): Promise<void> {
    outcome.status(say("saving"), "");
    let answer: Response;
    try {
      answer = await fetch(`${reviewUrl}/items/${itemId}`, {
        method: change.verdict ? "PUT" : "DELETE",
        headers: { "Content-Type": "application/json", "If-Match": `"${versions.get(itemId) ?? 0}"` },
        ...(change.verdict ? { body: JSON.stringify(change) } : {}),
      });
    } catch {
      outcome.status(say("offline"), "caution");
      return;
    }
    const told = (await answer.json().catch(() => ({}))) as Partial<Answer>;
    if (answer.ok && told.totals) {
      const version = versionOf(answer.headers.get("ETag")) ?? told.item?.version ?? 0;
      versions.set(itemId, version);
      if (!waiting.has(itemId)) keep(itemId, null);
      const decided = { ...change, by: "", outdated: false, ...told.item, version };
      if (!waiting.has(itemId)) outcome.saved(itemId, decided, told.totals);
      outcome.status(say("saved", { time: new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" }) }), "");
    } else if (answer.status === 412 && told.current) {
      versions.set(itemId, told.current.version);
      waiting.delete(itemId);
      disputed.add(itemId);
      outcome.status("", "");
      outcome.conflict(itemId, told.current, told.changed_by ?? told.current.by, change, told.totals);
    } else {
      // Signed out meanwhile, or a fault of the server: what was decided is still worth keeping.
      if (answer.status !== 401 && answer.status < 500) {
        keep(itemId, null);
        outcome.refused(itemId);
      }
      outcome.status(say("refused", { why: told.detail ?? told.title ?? String(answer.status) }), "fail");
    }
  }

  function work(itemId: string): Promise<void> {
    const change = waiting.get(itemId);
    waiting.delete(itemId);
    return change ? send(itemId, change).then(() => work(itemId)) : Promise.resolve();
  }

  function save(itemId: string, change: Change): void {
    disputed.delete(itemId);
    keep(itemId, change);
    waiting.set(itemId, change);
    if (busy.has(itemId)) return;
    busy.set(itemId, work(itemId).finally(() => busy.delete(itemId)));
  }

  window.addEventListener("online", () => {
    for (const [itemId, change] of Object.entries(drafts())) if (!disputed.has(itemId)) save(itemId, change);
  });

  return {
    save,
    know: (itemId, version) => void versions.set(itemId, version),
    drafts,
    forget: (itemId) => {
      disputed.delete(itemId);
      keep(itemId, null);
    },
    settle: async () => void (await Promise.all(busy.values())),
  };
}
