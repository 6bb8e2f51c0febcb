// Buttons of a page that a single key presses too.
import { keysAreOff } from "./keys";

/** A button with data-key is pressed by that key, wherever on the page one is but in a field. */
export function mountPressed(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-key]")];
  if (!buttons.length) return;
  for (const button of buttons) button.setAttribute("aria-keyshortcuts", button.dataset.key ?? "");
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as HTMLElement).matches("input, select, textarea, [contenteditable]");
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return;
    const button = buttons.find((one) => one.dataset.key === event.key.toLowerCase());
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
