// What every page has: htmx, the theme toggle, menus that close, and forms that ask before they act.
import "htmx.org";
import { mountTheme } from "./theme";

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

/** A form with data-submit-on-change sends itself when a choice in it changes; its button is for those without script. */
function mountFilters(): void {
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLElement;
    if (field.matches("select, input[type=checkbox], input[type=date]")) {
      field.closest<HTMLFormElement>("form[data-submit-on-change]")?.requestSubmit();
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

mountTheme();
mountMenus();
mountFilters();
mountQuestions();
mountDialogs();
mountRows();
