// Why a verdict was given: the reasons of an item in a list that digits choose from.
import { find } from "./page";

export interface Reasons {
  value(): string | null;
  set(code: string | null): void;
  /** Shows the reasons that fit a verdict, or none. */
  show(verdict: string | null): void;
  focus(): void;
  /** Chooses the reason at this place among those shown, counted from 0. */
  choose(place: number): void;
  shown(): boolean;
  focused(): boolean;
}

export function mountReasons(row: HTMLElement, editable: boolean, chosen: () => void, done: (on: boolean) => void): Reasons {
  const box = find("[data-reasons]", row);
  const all = [...box.querySelectorAll<HTMLInputElement>("[data-reason]")];
  const visible = () => all.filter((one) => !one.closest<HTMLElement>("label")!.hidden);
  for (const one of all) one.disabled = !editable;
  box.addEventListener("change", chosen);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    done(event.key === "Enter");
  });
  return {
    value: () => all.find((one) => one.checked)?.value ?? null,
    set(code) {
      for (const one of all) one.checked = one.value === code;
    },
    show(verdict) {
      box.hidden = verdict === null;
      // What an item names as reasons to fail says nothing about a pass.
      for (const one of all) {
        one.closest<HTMLElement>("label")!.hidden = verdict !== "fail" && one.value.startsWith("fail_") && !one.checked;
      }
    },
    focus() {
      (all.find((one) => one.checked) ?? visible()[0])?.focus({ preventScroll: true });
      box.scrollIntoView({ block: "nearest" });
    },
    choose(place) {
      const one = visible()[place];
      if (!one) return;
      one.checked = true;
      chosen();
    },
    shown: () => !box.hidden,
    focused: () => box.contains(document.activeElement),
  };
}
