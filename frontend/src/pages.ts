// What every page has: htmx, the theme toggle, menus that close, forms that ask before they act, lists walked by keys.
import "htmx.org";
import { mountTheme } from "./theme";
import { mountUpload } from "./upload";

/** A drop-down closes when one clicks beside it or presses Escape. */
function mountMenus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/** A form or button with data-confirm asks its question first. */
function mountQuestions(): void {
  document.addEventListener("submit", (event) => {
    const asked = (event.submitter ?? (event.target as HTMLElement)).closest<HTMLElement>("[data-confirm]");
    if (asked && !window.confirm(asked.dataset.confirm)) event.preventDefault();
  });
}

/** A button with data-opens shows the dialog of that id. */
function mountDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = (event.target as HTMLElement).closest<HTMLElement>("[data-opens], [data-closes]");
    if (!target) return;
    if (target.dataset.opens) (document.getElementById(target.dataset.opens) as HTMLDialogElement | null)?.showModal();
    else target.closest("dialog")?.close();
  });
}

/** A table with data-rows is walked with J and K; Enter opens the row's link. */
function mountRows(): void {
  const table = document.querySelector<HTMLElement>("table[data-rows]");
  if (!table) return;
  const links = () => [...table.querySelectorAll<HTMLAnchorElement>("tbody th a")];
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as HTMLElement).matches("input, select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
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

mountTheme();
mountWideTables();
mountMenus();
mountQuestions();
mountDialogs();
mountRows();
mountChooseAll();
mountCopying();
mountUpload();
