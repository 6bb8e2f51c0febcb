// One table drives the keys, the buttons (by data-command) and the help.
import { keysAreOff, letKeysAct } from "../frame";
import { commandName, find } from "./page";

export interface Command {
  id: string;
  /** As KeyboardEvent.key says it; "Ctrl+" before it where Control (or Command) must be held, "Shift+" where Shift. */
  key: string | string[];
  /** How the help writes the key; what has none stands beside another. */
  shown: string;
  /** Is told which of several keys it was; a button tells none. */
  run(key: string): void;
}

const TYPED = "input:not([type=range], [type=checkbox], [type=radio]), select:focus-visible, textarea, [contenteditable]";

const typing = (target: EventTarget | null): boolean => target instanceof Element && target.matches(TYPED);

/** A control that was reached by keyboard keeps its own keys; one that was merely clicked does not. */
function ownsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  // The title of an item has the keys after J and K: there the space bar plays, and Enter opens.
  if (key === " ") return target.matches(":is(button, a):focus-visible:not([data-open]), summary, [type=checkbox], [type=radio]");
  return key.startsWith("Arrow") && target.matches("[type=range]:not([data-seek]), [type=radio]");
}

export function mountCommands(commands: Command[]): void {
  const help = find<HTMLDialogElement>("[data-help]");
  const enabled = find<HTMLInputElement>("[data-keys]", help);
  const byKey = new Map(commands.flatMap((command) => [command.key].flat().map((key) => [key, command] as const)));
  const byId = new Map(commands.map((command) => [command.id, command]));

  enabled.checked = !keysAreOff();
  enabled.addEventListener("change", () => letKeysAct(enabled.checked));

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const control = event.ctrlKey || event.metaKey;
    if (!control && (!enabled.checked || typing(event.target) || ownsKey(event.target, event.key))) return;
    const plain = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const key = (control ? "Ctrl+" : event.shiftKey ? "Shift+" : "") + plain;
    // What Shift makes of a letter is that letter, unless a command says otherwise.
    const command = byKey.get(key) ?? (control ? undefined : byKey.get(plain));
    if (!command) return;
    event.preventDefault();
    command.run(key);
  });

  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-command]");
    byId.get(button?.dataset.command ?? "")?.run("");
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-command]")) {
    const command = byId.get(button.dataset.command ?? "");
    button.disabled = !command;
    if (command) button.title = `${commandName(command.id)} (${command.shown})`;
  }

  find("[data-key-list]", help).replaceChildren(
    ...commands.filter(({ shown }) => shown).flatMap((command) => {
      const key = document.createElement("dt");
      key.append(Object.assign(document.createElement("kbd"), { textContent: command.shown }));
      return [key, Object.assign(document.createElement("dd"), { textContent: commandName(command.id) })];
    }),
  );
}
