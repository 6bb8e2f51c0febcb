// What every page has: the theme toggle, menus that close, forms that ask before they act, dialogs.
import { mountTheme } from "./theme";

// For the scripts beside it, so that a page loads them with its frame.
export { keysAreOff, letKeysAct } from "./keys";

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

/** On a phone the navigation is wider than the screen: the place one is at is moved into sight. */
function showCurrentPlace(): void {
  const nav = document.querySelector<HTMLElement>(".top > .nav");
  const here = nav?.querySelector<HTMLElement>("[aria-current]");
  if (nav && here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
}

mountTheme();
showCurrentPlace();
mountMenus();
mountQuestions();
mountDialogs();
