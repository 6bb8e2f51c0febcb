// Leaving a call unscored, by key: set aside for a reason that a digit chooses, or given back.
import { find } from "./page";

const dialogOf = (name: string): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>(`[data-leaving="${name}"]`);

function open(name: string): void {
  dialogOf(name)?.showModal();
}

/** Digits choose a reason; the last one asks for words, which then have the focus. */
function mountReasons(dialog: HTMLDialogElement): void {
  const reasons = [...dialog.querySelectorAll<HTMLInputElement>("[name=reason]")];
  const words = find<HTMLInputElement>("[name=words]", dialog);
  const other = reasons.at(-1);
  const show = () => (words.required = other?.checked ?? false);
  dialog.addEventListener("change", show);
  dialog.addEventListener("keydown", (event) => {
    if (event.target === words || event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = reasons[Number(event.key) - 1];
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      find<HTMLFormElement>("form", dialog).requestSubmit();
    }
    if (!chosen) return;
    event.preventDefault();
    chosen.checked = true;
    show();
    (chosen === other ? words : chosen).focus();
  });
}

/** Opens the dialogs of the links that otherwise lead to a page of their own; what opens each is returned. */
export function mountLeaving(): { aside: () => void; giveBack: (() => void) | null } {
  const aside = dialogOf("aside");
  if (aside) mountReasons(aside);
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-leaves]");
    if (!link) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    open(link.dataset.leaves ?? "");
  });
  return { aside: () => open("aside"), giveBack: dialogOf("back") ? () => open("back") : null };
}
