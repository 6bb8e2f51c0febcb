// A link to a turn (#turn-12) opens the call there: the sound stands at it, and the words that were searched are lit up.

/** Does with the page of a call what its reader would do by hand, once its own script is there. */
export function mountArriving(): void {
  const script = document.querySelector<HTMLElement>("[data-listening] [data-script]");
  if (!script) return;
  const arrive = () => {
    const turn = script.querySelector<HTMLElement>(".line:target");
    if (turn?.dataset.start) put("[data-seek]", turn.dataset.start);
    // Finding words goes to the first of them; the turn that was asked for comes last.
    turn?.scrollIntoView({ block: "center" });
  };
  const wanted = new URLSearchParams(location.search).get("find");
  addEventListener("hashchange", arrive);
  addEventListener("load", () => {
    if (wanted) put("[data-find]", wanted);
    arrive();
  });
}

function put(field: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(field);
  if (!input) return;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
