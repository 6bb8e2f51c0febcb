// Sends each item's verdict soon after it is decided; what could not be sent is kept on this device and tried again.
import { openDrafts, same, type Change, type Draft } from "./drafts";
import { asReader, say, type Decision, type Totals } from "./page";

// Within this time a change of mind about an item is still the same decision.
export const VERDICT_DELAY_MS = 250;
export const NOTE_DELAY_MS = 600;
// An answer that takes longer than this is waited for visibly.
const SLOW_MS = 400;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export interface Outcome {
  /** The server has this now; without totals it had not to be told. */
  saved(itemId: string, decided: Decision, totals: Totals | null): void;
  /** Somebody else changed the item meanwhile; `mine` is what was refused. */
  conflict(itemId: string, theirs: Decision, by: string, mine: Change, totals: Totals | undefined): void;
  /** The server does not take it, and would not take it again. */
  refused(itemId: string, why: string): void;
  /** The review is submitted: nothing of it can be changed, and the drafts stay. */
  closed(why: string): void;
  /** Tells how the sending goes. */
  status(text: string, tone: "" | "caution"): void;
}

export interface Saving {
  save(itemId: string, change: Change, delay?: number): void;
  /** What the server last said of an item. */
  know(itemId: string, decided: Decision): void;
  /** What an earlier visit decided and could not send. */
  drafts(): Draft[];
  /** Sends such a draft, on the version that it was made on; false where the server says the same already. */
  resume(draft: Draft): boolean;
  /** Gives up such a draft. */
  discard(draft: Draft): void;
  /** Keeps what cannot be sent yet, so that a reload does not lose it; null when there is nothing to keep. */
  putAside(itemId: string, change: Change | null): void;
  /** Gives up what was decided here. */
  forget(itemId: string): void;
  /** Sends everything now; whether the server has all of it then. */
  settle(): Promise<boolean>;
}

interface Answer {
  item: Partial<Decision>;
  totals: Totals;
  current: Decision;
  changed_by: string;
  code: string;
  detail: string;
  title: string;
}

interface Unsent {
  draft: Draft;
  /** Waiting for the last of several changes, ready to go, or not accepted yet. */
  state: "waiting" | "due" | "failed";
  timer: number;
}

export function startSaving(reviewUrl: string, reader: string, outcome: Outcome): Saving {
  const drafts = openDrafts(reviewUrl, reader);
  const known = new Map<string, Decision>();
  const unsent = new Map<string, Unsent>();
  const aside = new Map<string, Draft>();
  const disputed = new Map<string, Draft>();
  const busy = new Map<string, Promise<void>>();
  let [failures, retryTimer, closed] = [0, 0, false];

  function draftOf(item: string, change: Change, isAside: boolean): Draft {
    const earlier = unsent.get(item);
    // A change of something unsent is made on what that was made on.
    const version = earlier?.draft.version ?? known.get(item)?.version ?? 0;
    const perhapsSent = earlier && (busy.has(item) || earlier.state === "failed") ? earlier.draft : null;
    return { ...change, item, version, at: Date.now(), aside: isAside, after: perhapsSent };
  }

  function queue(draft: Draft, delay: number): void {
    const { item } = draft;
    window.clearTimeout(unsent.get(item)?.timer);
    drafts.keep(draft);
    unsent.set(item, { draft, state: "waiting", timer: window.setTimeout(() => hurry(item), delay) });
  }

  /** An item goes as soon as its earlier change has been answered. */
  function hurry(item: string): void {
    const one = unsent.get(item);
    if (!one || closed) return;
    window.clearTimeout(one.timer);
    one.state = "due";
    if (!busy.has(item)) busy.set(item, work(item).finally(() => busy.delete(item)));
  }

  async function work(item: string): Promise<void> {
    for (let one = unsent.get(item); one?.state === "due" && !closed; one = unsent.get(item)) await send(one);
  }

  async function send(one: Unsent): Promise<void> {
    const { item, version, verdict, level, reason_code, note } = one.draft;
    const slow = window.setTimeout(() => outcome.status(say("saving"), ""), SLOW_MS);
    try {
      const answer = await fetch(`${reviewUrl}/items/${item}`, {
        method: verdict ? "PUT" : "DELETE",
        headers: { ...asReader(), "Content-Type": "application/json", "If-Match": `"${version}"` },
        // Outlives the page: who closes the tab has decided all the same.
        keepalive: true,
        ...(verdict ? { body: JSON.stringify({ verdict, level, reason_code, note }) } : {}),
      });
      answered(one, answer.status, (await answer.json().catch(() => ({}))) as Partial<Answer>);
    } catch {
      retry(one, say("offline"));
    } finally {
      window.clearTimeout(slow);
    }
  }

  function answered(one: Unsent, status: number, told: Partial<Answer>): void {
    const why = told.detail ?? told.title ?? String(status);
    if (status < 300 && told.totals) accepted(one.draft, { ...EMPTY, ...told.item }, told.totals);
    else if (status === 412 && told.current) outdated(one.draft.item, told.current, told);
    else if (status === 401) retry(one, say("signedOut"));
    else if (status < 400 || status >= 500 || status === 429) retry(one, say("retrying", { why }));
    else if (told.code === "review_closed") close(why);
    else {
      unsent.delete(one.draft.item);
      drafts.drop(one.draft);
      outcome.refused(one.draft.item, why);
    }
  }

  function accepted(draft: Draft, decided: Decision, totals: Totals | null): void {
    const { item } = draft;
    const latest = unsent.get(item);
    failures = 0;
    known.set(item, decided);
    if (latest && latest.draft !== draft) {
      // Decided anew while this was on its way: it is made on what was just saved.
      Object.assign(latest.draft, { version: decided.version, after: null });
      drafts.keep(latest.draft);
    } else {
      unsent.delete(item);
      drafts.drop(draft);
      outcome.saved(item, decided, totals);
    }
    again();
  }

  function outdated(item: string, theirs: Decision, told: Partial<Answer>): void {
    const mine = unsent.get(item)!.draft;
    known.set(item, theirs);
    if (same(mine, theirs)) return accepted(mine, theirs, told.totals ?? null);
    if (mine.after && same(mine.after, theirs)) return queue({ ...mine, version: theirs.version, after: null }, 0);
    window.clearTimeout(unsent.get(item)?.timer);
    unsent.delete(item);
    disputed.set(item, mine);
    outcome.conflict(item, theirs, told.changed_by ?? theirs.by, mine, told.totals);
  }

  /** Tries again by itself, at growing intervals; a newer change of the item tries at once. */
  function retry(one: Unsent, text: string): void {
    if (one.state === "due") one.state = "failed";
    outcome.status(text, "caution");
    if (retryTimer) return;
    retryTimer = window.setTimeout(again, Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
    failures += 1;
  }

  function again(): void {
    window.clearTimeout(retryTimer);
    retryTimer = 0;
    for (const [item, one] of unsent) if (one.state === "failed") hurry(item);
  }

  function close(why: string): void {
    closed = true;
    for (const one of unsent.values()) window.clearTimeout(one.timer);
    outcome.closed(why);
  }

  const hurryAll = () => [...unsent.keys()].forEach(hurry);
  window.addEventListener("online", again);
  window.addEventListener("pagehide", hurryAll);
  document.addEventListener("visibilitychange", hurryAll);

  return {
    save(item, change, delay = VERDICT_DELAY_MS) {
      this.putAside(item, null);
      disputed.delete(item);
      const draft = draftOf(item, change, false);
      const now = known.get(item);
      const isOpen = !now || now.outdated || draft.version !== now.version || draft.after !== null;
      queue(draft, delay);
      if (isOpen || busy.has(item) || !same(change, now)) return;
      // Taken back before it was sent: there is nothing to send.
      this.forget(item);
      outcome.saved(item, now, null);
    },
    know: (item, decided) => void known.set(item, decided),
    drafts: drafts.all,
    resume(draft) {
      const now = known.get(draft.item);
      const isNew = !now || now.outdated || !same(draft, now);
      if (isNew) queue(draft, 0);
      else drafts.drop(draft);
      return isNew;
    },
    discard: drafts.drop,
    putAside(item, change) {
      const old = aside.get(item);
      if (old) drafts.drop(old);
      aside.delete(item);
      if (!change) return;
      const draft = draftOf(item, change, true);
      aside.set(item, draft);
      drafts.keep(draft);
    },
    forget(item) {
      const draft = disputed.get(item) ?? unsent.get(item)?.draft;
      window.clearTimeout(unsent.get(item)?.timer);
      unsent.delete(item);
      disputed.delete(item);
      if (draft) drafts.drop(draft);
    },
    async settle() {
      hurryAll();
      while (busy.size) await Promise.all(busy.values());
      return unsent.size === 0 && disputed.size === 0;
    },
  };
}

const EMPTY: Decision = { verdict: null, level: null, reason_code: null, note: "", by: "", version: 0, outdated: false };
