/** A button with data-prints opens the print dialog; without script it is not there, and the browser's menu does it. */
export function mountPrinting(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
