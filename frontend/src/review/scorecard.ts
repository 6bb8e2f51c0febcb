// The scorecard: one item open at a time, verdicts given, reasons asked, conflicts settled.
import { clock, find, say, type Choice, type Chosen, type Decision, type Item, type Review, type Totals } from "./page";
import { startSaving, type Change, type Saving } from "./saving";
import { showTotals } from "./totals";
import { byMachine, grade, offers, overrides } from "./verdicts";

const NOTE_DELAY_MS = 600;

export interface Scorecard {
  items: Item[];
  active(): Item | null;
  open(item: Item | undefined): void;
  move(step: 1 | -1): void;
  decide(verdict: Choice): void;
  /** Chooses a level of the active item, counted from 0. */
  grade(place: number): void;
  accept(): void;
  undo(): void;
  note(seconds: number): void;
  /** The active item's next clip, to be heard. */
  nextClip(): HTMLButtonElement | null;
  submit(): void;
}

export function mountScorecard(review: Review, changed: (items: Item[], active: Item | null) => void): Scorecard {
  const items = review.items;
  const status = find("[data-saved]");
  const rows = new Map(items.map((item) => [item.id, find(`[data-item="${item.id}"]`)]));
  const row = (item: Item) => rows.get(item.id)!;
  const reason = (item: Item) => find<HTMLSelectElement>("[data-reason]", row(item));
  const note = (item: Item) => find<HTMLInputElement>("[data-note]", row(item));
  // Verdicts that still lack the reason they need; nothing of them is sent yet.
  const reasonless = new Map<string, Chosen>();
  // What the server last said of each item.
  const stored = new Map(items.map((item) => [item.id, item.decided]));
  let totals = review.totals;
  let active: Item | null = null;
  let clipPlace = 0;
  let noteTimer = 0;

  const saving: Saving = startSaving(review.url, {
    saved(itemId, decided, latest) {
      adopt(byId(itemId), decided);
      take(latest);
    },
    conflict(itemId, theirs, by, mine, latest) {
      const item = byId(itemId);
      showConflict(item, theirs, by, mine);
      if (latest) take(latest);
    },
    refused(itemId) {
      adopt(byId(itemId), stored.get(itemId)!);
    },
    status(text, tone) {
      status.textContent = text;
      status.className = `saved ${tone}`;
    },
  });

  const byId = (id: string): Item => items.find((item) => item.id === id)!;

  function take(latest: Totals): void {
    totals = latest;
    showTotals(totals);
  }

  function adopt(item: Item, decided: Decision): void {
    item.decided = decided;
    stored.set(item.id, decided);
    saving.know(item.id, decided.version);
    show(item);
  }

  /** Shows an item as it now stands: solid what a person decided, dashed what the machine found. */
  function show(item: Item): void {
    showRow(item);
    changed(items, active);
  }

  function showRow(item: Item): void {
    const chosen = reasonless.get(item.id) ?? item.decided;
    for (const choice of row(item).querySelectorAll<HTMLElement>(".choice")) {
      const isChosen = choice.dataset.verdict === chosen.verdict && levelOf(choice) === chosen.level;
      choice.classList.toggle("person", isChosen);
      choice.setAttribute("aria-pressed", String(isChosen));
    }
    row(item).classList.toggle("confirmed", item.decided.verdict !== null && !item.decided.outdated);
    row(item).classList.toggle("reasonless", reasonless.has(item.id));
    row(item).querySelector("[data-outdated]")?.toggleAttribute("hidden", !item.decided.outdated);
    if (item.levels.length) find("[data-points]", row(item)).textContent = grade(item, chosen);
    find("[data-decided]", row(item)).textContent =
      item.decided.verdict && item.decided.by ? say("decidedBy", { name: item.decided.by }) : "";
    const why = find("[data-why]", row(item));
    const { verdict } = chosen;
    const asks = verdict !== null && (overrides(item, verdict) || (verdict === "fail" && item.machine !== "fail"));
    why.hidden = !(asks || item.decided.note || why.contains(document.activeElement));
    if (!why.contains(document.activeElement)) {
      if (!reasonless.has(item.id)) reason(item).value = item.decided.reason_code ?? "";
      note(item).value = item.decided.note;
    }
  }

  function open(item: Item | undefined): void {
    if (!item) return;
    if (item !== active) {
      if (active) {
        row(active).classList.remove("active");
        find("[data-open]", row(active)).setAttribute("aria-expanded", "false");
      }
      active = item;
      clipPlace = 0;
      row(item).classList.add("active");
      find("[data-open]", row(item)).setAttribute("aria-expanded", "true");
      changed(items, active);
    }
    row(item).scrollIntoView({ block: "nearest" });
  }

  function commit(item: Item, chosen: Chosen | null): void {
    const change: Change = {
      verdict: chosen?.verdict ?? null,
      level: chosen?.level ?? null,
      reason_code: chosen && reason(item).value ? reason(item).value : null,
      note: chosen ? note(item).value.trim() : "",
    };
    reasonless.delete(item.id);
    item.decided = { ...item.decided, ...change, outdated: false };
    show(item);
    saving.save(item.id, change);
  }

  function decide(item: Item, chosen: Chosen): void {
    if (!review.editable) return;
    open(item);
    const { verdict } = chosen;
    if (!offers(item, chosen)) {
      status.textContent = say("needsLevel");
      status.className = "saved caution";
      return;
    }
    const isOverride = overrides(item, verdict);
    if (!isOverride && verdict !== "fail") reason(item).value = "";
    if (isOverride && item.decided.verdict !== verdict) reason(item).value = "";
    if (isOverride && !reason(item).value) {
      reasonless.set(item.id, chosen);
      show(item);
      status.textContent = say("needsReason");
      status.className = "saved caution";
      reason(item).focus();
      row(item).scrollIntoView({ block: "nearest" });
    } else {
      commit(item, chosen);
    }
  }

  function keepNote(item: Item): void {
    const { verdict, level, note: known } = item.decided;
    if (!verdict || !offers(item, { verdict, level }) || reasonless.has(item.id)) return;
    if (note(item).value.trim() !== known) commit(item, { verdict, level });
  }

  function showConflict(item: Item, theirs: Decision, by: string, mine: Change): void {
    const box = find("[data-conflict]", row(item));
    find("[data-conflict-text]", box).textContent = theirs.verdict
      ? say("conflict", { name: by, verdict: `${say(theirs.verdict)} ${grade(item, theirs)}`.trim() })
      : say("undone", { name: by });
    box.hidden = false;
    open(item);
    find<HTMLButtonElement>("[data-keep]", box).onclick = () => {
      box.hidden = true;
      saving.save(item.id, mine);
    };
    find<HTMLButtonElement>("[data-take]", box).onclick = () => {
      box.hidden = true;
      saving.forget(item.id);
      adopt(item, theirs);
    };
    find<HTMLButtonElement>("[data-keep]", box).focus();
  }

  for (const item of items) {
    const element = row(item);
    saving.know(item.id, item.decided.version);
    find("[data-open]", element).addEventListener("click", () => open(item));
    element.querySelectorAll<HTMLButtonElement>(".choice").forEach((choice) => {
      choice.disabled = !review.editable;
      choice.addEventListener("click", () => decide(item, { verdict: choice.dataset.verdict as Choice, level: levelOf(choice) }));
    });
    element.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-reason], [data-note]").forEach((field) => {
      field.disabled = !review.editable;
    });
    reason(item).addEventListener("change", () => {
      const { verdict, level } = reasonless.get(item.id) ?? item.decided;
      if (!verdict || !offers(item, { verdict, level })) return;
      if (reason(item).value || !overrides(item, verdict)) commit(item, { verdict, level });
    });
    note(item).addEventListener("input", () => {
      window.clearTimeout(noteTimer);
      noteTimer = window.setTimeout(() => keepNote(item), NOTE_DELAY_MS);
    });
    note(item).addEventListener("change", () => {
      window.clearTimeout(noteTimer);
      keepNote(item);
    });
    showRow(item);
  }
  if (review.editable) {
    for (const [itemId, change] of Object.entries(saving.drafts())) {
      const item = items.find((one) => one.id === itemId);
      if (!item) continue;
      item.decided = { ...item.decided, ...change };
      show(item);
      saving.save(itemId, change);
    }
  }
  showTotals(totals);

  const unconfirmed = (item: Item) => item.decided.verdict === null || item.decided.outdated;

  /** The next item that waits for a person, from this one on and round again. */
  function nextToConfirm(from: number): Item | undefined {
    return [...items.slice(from + 1), ...items.slice(0, from + 1)].find(unconfirmed);
  }

  return {
    items,
    active: () => active,
    open,
    move(step) {
      const at = active ? items.indexOf(active) + step : 0;
      const next = items[Math.min(Math.max(at, 0), items.length - 1)];
      open(next);
      if (next) find<HTMLElement>("[data-open]", row(next)).focus({ preventScroll: true });
    },
    decide(verdict) {
      if (active) decide(active, { verdict, level: null });
    },
    grade(place) {
      const level = active?.levels[place];
      if (active && level) decide(active, { verdict: level.verdict, level: level.value });
    },
    accept() {
      const item = active;
      const found = item && byMachine(item);
      if (!item || !found) return;
      decide(item, found);
      open(nextToConfirm(items.indexOf(item)));
    },
    undo() {
      if (!active || !review.editable) return;
      if (reasonless.delete(active.id)) show(active);
      else if (active.decided.verdict) commit(active, null);
    },
    note(seconds) {
      if (!active || !review.editable) return;
      find("[data-why]", row(active)).hidden = false;
      const field = note(active);
      field.value = `${field.value}${field.value ? " " : ""}[${clock(seconds)}] `;
      field.focus();
    },
    nextClip() {
      const clips = active ? row(active).querySelectorAll<HTMLButtonElement>("[data-clip-start]") : [];
      const clip = clips[clipPlace % Math.max(clips.length, 1)] ?? null;
      clipPlace += 1;
      return clip;
    },
    submit() {
      if (!review.editable) return;
      // A note that is being written counts as written.
      if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
      if (!totals.can_submit) {
        const left = nextToConfirm(active ? items.indexOf(active) : -1);
        open(left);
        status.textContent = say("left", { count: totals.to_confirm });
        status.className = "saved caution";
        return;
      }
      void saving.settle().then(() => submitReview(review.url, status));
    },
  };
}

/** The level that a button stands for, in points; null where it is a verdict. */
function levelOf(choice: HTMLElement): number | null {
  return choice.dataset.level === undefined ? null : Number(choice.dataset.level);
}

async function submitReview(url: string, status: HTMLElement): Promise<void> {
  try {
    const answer = await fetch(`${url}/submit`, { method: "POST" });
    const told = (await answer.json()) as { next?: string | null; detail?: string };
    if (answer.ok) window.location.assign(told.next ?? "/queue");
    else throw new Error(told.detail ?? String(answer.status));
  } catch (fault) {
    status.textContent = say("refused", { why: (fault as Error).message });
    status.className = "saved fail";
  }
}
