// What the ordinary pages have beside their frame: htmx, lists walked by keys, uploads.
import "htmx.org";
import "./trusted";
import "./frame";
import { mountArriving } from "./arriving";
import { mountClip } from "./clip";
import { mountTemplates } from "./coaching";
import { mountClips } from "./items";
import { keysAreOff } from "./keys";
import { mountSettings } from "./me";
import { mountPressed } from "./pressed";
import { mountPrinting } from "./print";
import { mountScorecardEditor } from "./scorecard-editor";
import { mountSubmitting } from "./submitting";
import { mountTroubles } from "./troubles";
import { mountUpload } from "./upload";

/** Tables and lists with data-rows are walked with J and K; Enter opens the row's link. */
function mountRows(): void {
  const links = () => [...document.querySelectorAll<HTMLAnchorElement>("[data-rows] :is(tbody th a, a[data-row])")];
  if (!links().length) return;
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as HTMLElement).matches("input, select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return;
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (!step) return;
    const all = links();
    const at = all.indexOf(document.activeElement as HTMLAnchorElement);
    all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
    event.preventDefault();
  });
}

/** A box with data-choose-all ticks and unticks all boxes of that name; lists are renewed, so it is looked up anew. */
function mountChooseAll(): void {
  const show = () => document.querySelectorAll<HTMLElement>("[data-choose-all]").forEach((box) => (box.hidden = false));
  document.addEventListener("change", (event) => {
    const all = (event.target as HTMLElement).closest<HTMLInputElement>("[data-choose-all]");
    if (!all) return;
    for (const box of document.getElementsByName(all.dataset.chooseAll ?? "")) (box as HTMLInputElement).checked = all.checked;
  });
  document.addEventListener("htmx:after:swap", show);
  show();
}

/** A button with data-copies puts the text of the element of that id on the clipboard. */
function mountCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copies]")) {
    // A browser lets only pages that came over a safe connection do it.
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.copies ?? "")?.textContent ?? "";
      void navigator.clipboard.writeText(text).then(() => (button.textContent = button.dataset.copied ?? ""));
    });
  }
}

/** A table too wide for the screen is scrolled sideways by keyboard too. */
function mountWideTables(): void {
  const widened = new ResizeObserver((boxes) => {
    for (const { target } of boxes) (target as HTMLElement).tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const box of document.querySelectorAll(".table-scroll")) widened.observe(box);
}

mountWideTables();
mountArriving();
mountRows();
mountPressed();
mountChooseAll();
mountCopying();
mountPrinting();
mountTroubles();
mountSubmitting();
mountClip();
mountScorecardEditor();
mountUpload();
mountSettings();
mountClips();
mountTemplates();
