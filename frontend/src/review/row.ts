// One line of the scorecard on the screen: verdict buttons, reasons, the note, somebody else's change.
import { clock, find, say, type Choice, type Chosen, type Item } from "./page";
import { showMoments } from "./moments";
import { mountReasons, type Reasons } from "./reasons";
import { grade, overrides } from "./verdicts";

export interface Row {
  element: HTMLElement;
  reasons: Reasons;
  note: HTMLInputElement;
  /** Shows the item as it stands; `waits` where what was chosen lacks its reason. */
  show(chosen: Chosen | Item["decided"], waits: boolean, keepsNote: boolean): void;
  open(isOpen: boolean): void;
  focus(): void;
  /** Puts a time into the note, ready to be written on. */
  noteAt(seconds: number): void;
  /** Asks whose decision stands; answered is told once. */
  ask(text: string, answered: (mine: boolean) => void): void;
  asks(): boolean;
  allow(editable: boolean): void;
}

export interface Heard {
  open(): void;
  decide(chosen: Chosen): void;
  reason(): void;
  /** The reasons are done with; `on` goes on to the next item. */
  leave(on: boolean): void;
  /** The note was changed; `done` when its field was left. */
  note(done: boolean): void;
}

export function mountRow(item: Item, editable: boolean, heard: Heard): Row {
  const element = find(`[data-item="${item.id}"]`);
  const title = find(".title", element);
  const choices = [...element.querySelectorAll<HTMLButtonElement>(".choice")];
  const why = find("[data-why]", element);
  const note = find<HTMLInputElement>("[data-note]", element);
  const moments = find("[data-moments]", element);
  const decided = find("[data-decided]", element);
  const conflict = find("[data-conflict]", element);
  const reasons = mountReasons(element, editable, heard.reason, heard.leave);

  title.addEventListener("click", heard.open);
  for (const choice of choices) choice.addEventListener("click", () => heard.decide(chosenBy(choice)));
  note.addEventListener("input", () => heard.note(false));
  note.addEventListener("change", () => {
    showMoments(moments, note.value);
    heard.note(true);
  });
  note.addEventListener("keydown", (event) => {
    // While characters are being composed, Enter and Escape are the input method's.
    if (event.isComposing || event.ctrlKey || event.metaKey || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    title.focus({ preventScroll: true });
  });

  function allow(isEditable: boolean): void {
    for (const choice of choices) choice.disabled = !isEditable;
    note.disabled = !isEditable;
  }

  allow(editable);
  return {
    element,
    reasons,
    note,
    allow,
    show(chosen, waits, keepsNote) {
      for (const choice of choices) {
        const one = chosenBy(choice);
        const isChosen = one.verdict === chosen.verdict && one.level === chosen.level;
        choice.classList.toggle("person", isChosen);
        choice.setAttribute("aria-pressed", String(isChosen));
      }
      const now = item.decided;
      element.classList.toggle("confirmed", now.verdict !== null && !now.outdated && !waits);
      element.classList.toggle("reasonless", waits);
      element.querySelector("[data-outdated]")?.toggleAttribute("hidden", !now.outdated);
      if (item.levels.length) find("[data-points]", element).textContent = grade(item, chosen);
      decided.textContent = now.verdict && now.by ? say("decidedBy", { name: now.by }) : "";
      const { verdict } = chosen;
      const asks = verdict !== null && (overrides(item, verdict) || (verdict === "fail" && item.machine !== "fail"));
      if (!waits) reasons.set(now.reason_code);
      reasons.show(asks ? verdict : null);
      const typing = document.activeElement === note;
      if (!typing && !keepsNote) note.value = now.note;
      if (!typing) showMoments(moments, note.value);
      why.hidden = !(asks || note.value || typing);
    },
    open(isOpen) {
      element.classList.toggle("active", isOpen);
      title.setAttribute("aria-expanded", String(isOpen));
    },
    focus: () => title.focus({ preventScroll: true }),
    noteAt(seconds) {
      why.hidden = false;
      note.value = `${note.value}${note.value && !note.value.endsWith(" ") ? " " : ""}[${clock(seconds)}] `;
      note.focus();
      note.setSelectionRange(note.value.length, note.value.length);
    },
    ask(text, answered) {
      const [keep, take] = [find<HTMLButtonElement>("[data-keep]", conflict), find<HTMLButtonElement>("[data-take]", conflict)];
      find("[data-conflict-text]", conflict).textContent = text;
      conflict.hidden = false;
      const settle = (mine: boolean) => () => {
        conflict.hidden = true;
        title.focus({ preventScroll: true });
        answered(mine);
      };
      keep.onclick = settle(true);
      take.onclick = settle(false);
      keep.focus({ preventScroll: true });
    },
    asks: () => !conflict.hidden,
  };
}

function chosenBy({ dataset }: HTMLElement): Chosen {
  return { verdict: dataset.verdict as Choice, level: dataset.level === undefined ? null : Number(dataset.level) };
}
