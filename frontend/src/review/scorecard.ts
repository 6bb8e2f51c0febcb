// The scorecard: one item open at a time, verdicts given and taken back, reasons asked, conflicts settled.
import { NOTHING, forgetLast, forgetSteps, lastStep, record } from "./history";
import { say, type Choice, type Chosen, type Decision, type Item, type Review } from "./page";
import { mountRow, type Row } from "./row";
import { NOTE_DELAY_MS, startSaving } from "./saving";
import type { Change } from "./drafts";
import { showClosed, showKept } from "./closed";
import { resumeDrafts } from "./resuming";
import { tell, tellSaved } from "./status";
import { submitReview } from "./submitting";
import { showProgress, showTotals } from "./totals";
import { mountUnfinished } from "./unfinished";
import { byMachine, named, offers, overrides, stands } from "./verdicts";

export interface Scorecard {
  active(): Item | null;
  open(item: Item | undefined): void;
  move(step: 1 | -1): void;
  nextOpen(): void;
  /** `on` goes on to the next open item as soon as nothing is missing. */
  decide(verdict: Choice, on: boolean): void;
  /** A digit chooses a reason where reasons are asked, else a level; counted from 0. */
  digit(place: number): void;
  accept(): void;
  undo(): void;
  note(seconds: number): void;
  /** The active item's clips, in their order. */
  clips(): HTMLButtonElement[];
  submit(): void;
}

export function mountScorecard(review: Review, reader: string, changed: (items: Item[], active: Item | null) => void): Scorecard {
  const { items } = review;
  // What the server last said of each item.
  const stored = new Map(items.map((item) => [item.id, item.decided]));
  // What is told of an item as soon as it is saved: aloud, and for all to read.
  const told = new Map<string, { spoken: string; shown: string }>();
  let { editable } = review;
  let active: Item | null = null;
  // The item after whose verdict, reason included, one goes on.
  let goOn: Item | null = null;

  const rows = new Map(items.map((item) => [item.id, mounted(item)]));
  const row = (item: Item): Row => rows.get(item.id)!;
  const unfinished = mountUnfinished(() => saving, (item) => row(item).note.value.trim());
  const byId = (id: string): Item => items.find((item) => item.id === id)!;
  const count = () => showProgress(items.filter(confirmed).length, items.length);
  const confirmed = (item: Item) => item.decided.verdict !== null && !item.decided.outdated && !unfinished.waits(item);

  const saving = startSaving(review.url, reader, {
    saved(itemId, decided, totals) {
      adopt(byId(itemId), decided);
      if (totals) showTotals(totals);
      const { spoken, shown } = told.get(itemId) ?? { spoken: "", shown: "" };
      if (totals) tellSaved(shown, items.every(confirmed) ? say("allConfirmed") : "", spoken);
      else tell(shown);
      told.delete(itemId);
    },
    conflict(itemId, theirs, by, mine, totals) {
      const item = byId(itemId);
      if (totals) showTotals(totals);
      stored.set(itemId, theirs);
      open(item);
      const { verdict, level } = theirs;
      const text = verdict ? say("conflict", { name: by, verdict: named(item, { verdict, level }) }) : say("undone", { name: by });
      row(item).ask(text, (keepMine) => settle(item, keepMine ? mine : null));
      tell(`${item.number}: ${by}`, "fail");
    },
    refused(itemId, why) {
      forgetSteps(byId(itemId));
      adopt(byId(itemId), stored.get(itemId)!);
      tell(say("refused", { why }), "fail");
    },
    closed(why) {
      editable = false;
      for (const item of items) {
        adopt(item, stored.get(item.id)!);
        row(item).allow(false);
      }
      showClosed();
      tell(why, "fail");
    },
    status: tell,
  });

  function mounted(item: Item): Row {
    const leave = (on: boolean) => {
      row(item).focus();
      if (on) nextOpen();
    };
    return mountRow(item, editable, {
      open: () => open(item),
      decide: (chosen) => decide(item, chosen),
      reason: () => reasonChosen(item),
      leave,
      note: (done) => keepNote(item, done),
    });
  }

  /** Mine is kept, or theirs taken. */
  function settle(item: Item, mine: Change | null): void {
    if (mine) return saving.save(item.id, mine, 0);
    saving.forget(item.id);
    forgetSteps(item);
    adopt(item, stored.get(item.id)!);
    tell("");
  }

  function adopt(item: Item, decided: Decision): void {
    item.decided = decided;
    stored.set(item.id, decided);
    saving.know(item.id, decided);
    show(item);
  }

  /** Shows an item as it now stands: solid what a person decided, dashed what the machine found. */
  function show(item: Item): void {
    row(item).show(unfinished.chosen(item) ?? item.decided, unfinished.waits(item), unfinished.hasNote(item));
    count();
    changed(items, active);
  }

  function open(item: Item | undefined): void {
    if (!item) return;
    if (item !== active) {
      if (active) row(active).open(false);
      active = item;
      row(item).open(true);
      changed(items, active);
    }
    row(item).element.scrollIntoView({ block: "nearest" });
  }

  /** Opens an item and gives it the keys. */
  function go(item: Item | undefined): void {
    open(item);
    if (item) row(item).focus();
  }

  function commit(item: Item, change: Change, delay?: number): void {
    unfinished.finish(item);
    item.decided = { ...item.decided, ...change, by: "", outdated: false };
    show(item);
    saving.save(item.id, change, delay);
  }

  function decide(item: Item, chosen: Chosen): void {
    if (!editable) return;
    open(item);
    if (!offers(item, chosen)) return tell(say("needsLevel"), "caution");
    const { reasons, note } = row(item);
    const pending = unfinished.chosen(item);
    const isSame = stands(item, chosen);
    if (isSame && !pending) return;
    if (pending) forgetLast(item);
    if (isSame) return dropPending(item);
    record(item, "verdict");
    if ((pending ?? item.decided).verdict !== chosen.verdict) reasons.set(null);
    if (overrides(item, chosen.verdict) && !reasons.value()) return askReason(item, chosen);
    told.set(item.id, { spoken: `${item.number}: ${named(item, chosen)}.`, shown: "" });
    commit(item, { ...chosen, reason_code: reasons.value(), note: note.value.trim() });
  }

  function askReason(item: Item, chosen: Chosen): void {
    unfinished.choose(item, chosen);
    show(item);
    tell(say("needsReason"), "caution", `${item.number}: ${named(item, chosen)}.`);
    row(item).reasons.focus();
  }

  function reasonChosen(item: Item): void {
    const pending = unfinished.chosen(item);
    const { verdict, level } = pending ?? item.decided;
    const { reasons, note } = row(item);
    if (!editable || !verdict || !offers(item, { verdict, level }) || !reasons.value()) return;
    if (!pending) record(item, "note");
    told.set(item.id, { spoken: `${item.number}: ${named(item, { verdict, level })}.`, shown: "" });
    commit(item, { verdict, level, reason_code: reasons.value(), note: note.value.trim() });
  }

  function keepNote(item: Item, done: boolean): void {
    const { verdict, level, note: known } = item.decided;
    const text = row(item).note.value.trim();
    if (!confirmed(item) || !offers(item, { verdict: verdict!, level })) {
      unfinished.note(item);
    } else if (text !== known) {
      record(item, "note");
      commit(item, { verdict, level, reason_code: row(item).reasons.value(), note: text }, done ? 0 : NOTE_DELAY_MS);
    }
  }

  function dropPending(item: Item): void {
    unfinished.drop(item);
    show(item);
    tell("");
  }

  /** The next item that waits for a person, from the active one on and round again. */
  function nextOpen(): void {
    const from = active ? items.indexOf(active) : -1;
    const next = [...items.slice(from + 1), ...items.slice(0, from + 1)].find((item) => !confirmed(item));
    if (next) go(next);
    else tell(say("allConfirmed"));
  }

  function takeBack(item: Item, before: Change): void {
    go(item);
    const { verdict, level } = before;
    const change = verdict && offers(item, { verdict, level }) ? before : NOTHING;
    const shown = say(change.verdict ? "undoneTo" : "undoneOpen", {
      number: item.number,
      verdict: change.verdict ? named(item, { verdict: change.verdict, level }) : "",
    });
    if (unfinished.waits(item)) dropPending(item);
    else {
      row(item).note.value = change.note;
      told.set(item.id, { spoken: "", shown });
      commit(item, change);
    }
    tell(shown);
  }

  /** What an earlier visit left unfinished is there again. */
  function leftUnfinished(item: Item, { verdict, level, note }: Change): void {
    row(item).note.value = note;
    if (verdict && overrides(item, verdict)) unfinished.choose(item, { verdict, level });
    if (note) unfinished.note(item);
    show(item);
  }

  function leftUnsent(item: Item, { verdict, level, reason_code, note }: Change): void {
    item.decided = { ...item.decided, verdict, level, reason_code, note, by: "", outdated: false };
    show(item);
  }

  for (const item of items) {
    saving.know(item.id, item.decided);
    row(item).show(item.decided, false, false);
  }
  count();
  showTotals(review.totals);
  if (editable) resumeDrafts(saving, items, leftUnsent, leftUnfinished);
  else showKept(saving.drafts(), items, saving.discard);

  return {
    active: () => active,
    open,
    nextOpen,
    move(step) {
      const at = active ? items.indexOf(active) + step : 0;
      go(items[Math.min(Math.max(at, 0), items.length - 1)]);
    },
    decide(verdict, on) {
      if (!active || !editable) return;
      goOn = on || review.blind ? active : null;
      decide(active, { verdict, level: null });
      if (goOn && confirmed(goOn)) nextOpen();
    },
    digit(place) {
      if (!active || !editable) return;
      const { reasons } = row(active);
      if (reasons.focused() || (!active.levels.length && reasons.shown())) {
        const isFocused = reasons.focused();
        reasons.choose(place);
        if (goOn === active && confirmed(active)) return nextOpen();
        return isFocused ? row(active).focus() : undefined;
      }
      const level = active.levels[place];
      if (level) decide(active, { verdict: level.verdict, level: level.value });
      if (level && review.blind && confirmed(active)) nextOpen();
    },
    accept() {
      if (!active || !editable) return;
      const found = byMachine(active);
      // What a person decided stands: going through the items by A overturns nobody.
      if (!found && !confirmed(active)) return tell(say(review.blind ? "blindAccept" : "nothingToAccept"), "caution");
      if (found && !confirmed(active)) decide(active, found);
      nextOpen();
    },
    undo() {
      if (!active || !editable) return;
      const step = lastStep();
      if (step) takeBack(step.item, step.before);
      else if (unfinished.waits(active) || active.decided.verdict) takeBack(active, NOTHING);
      else tell(say("nothingToUndo"), "caution");
    },
    note(seconds) {
      if (active && editable) row(active).noteAt(seconds);
    },
    clips: () => (active ? [...row(active).element.querySelectorAll<HTMLButtonElement>("[data-clip-start]")] : []),
    submit() {
      if (!editable) return;
      // A note that is being written counts as written.
      if (document.activeElement instanceof HTMLInputElement && active) row(active).focus();
      const left = items.filter((item) => !confirmed(item)).length;
      if (left) {
        nextOpen();
        return tell(say("left", { count: left }), "caution");
      }
      void saving.settle().then((all) => (all ? submitReview(review.url) : go(items.find((item) => row(item).asks()))));
    },
  };
}
