// What the server reads from the chosen files' names and from the list, shown before anything is sent.
import { filled, named } from "./words";

interface Reading {
  name: string;
  facts: { label: string; value: string; is_new: boolean }[];
  line: number;
  fault: string;
}

/** A chosen file, with the line that tells what was read. `fault`: why it would not be taken. */
export interface Readable {
  file: File;
  read: HTMLElement;
  fault: string;
}

const REMEMBERED = "callmark.pattern";
const PATIENCE = 300;

/** Keeps what is read up to date; what it returns ends when the latest reading is there. */
export function mountNames(form: HTMLFormElement, files: () => Readable[], changed: () => void): { renew(): void; settled(): Promise<boolean> } {
  const words = form.dataset;
  const box = form.querySelector<HTMLDetailsElement>("[data-names]")!;
  const pattern = form.querySelector<HTMLInputElement>("input[name=pattern]")!;
  const list = form.querySelector<HTMLInputElement>("input[name=manifest]")!;
  const withoutList = form.querySelector<HTMLButtonElement>("[data-drop-list]")!;
  const fault = form.querySelector<HTMLElement>("[data-names-fault]")!;
  const told = form.querySelector<HTMLElement>("[data-names-told]")!;
  const notes = form.querySelector<HTMLElement>("[data-names-notes]")!;
  let asked = 0;
  let reading: Promise<void> = Promise.resolve();
  let timer = 0;
  // Whether what is shown is what stands in the form.
  let fresh = true;

  function show(readings: Map<string, Reading>): void {
    let good = 0;
    for (const one of files()) {
      const found = readings.get(one.file.name);
      one.fault = found?.fault ?? "";
      one.read.replaceChildren();
      if (!found) continue;
      if (!found.fault) good += 1;
      const parts = found.facts.map((fact) => {
        const part = named("span", "fact", "");
        part.append(named("span", "muted", `${fact.label} `), fact.value);
        if (fact.is_new) part.append(" ", named("span", "tag caution", words.newName ?? ""));
        return part;
      });
      if (found.line) parts.push(named("span", "muted", filled(words.inList, { line: found.line })));
      else if (list.files?.length) parts.push(named("span", "caution", `⚠ ${words.notInList ?? ""}`));
      if (found.fault) parts.push(named("span", "fail", `✕ ${found.fault}`));
      one.read.append(...parts);
    }
    told.textContent = readings.size ? filled(words.namesRead, { good, all: files().length }) : "";
    changed();
  }

  function refuse(why: string): void {
    fault.textContent = why ? `✕ ${why}` : "";
    pattern.setAttribute("aria-invalid", String(Boolean(why)));
    if (why) box.open = true;
  }

  async function read(): Promise<void> {
    const mine = ++asked;
    const body = new FormData(form);
    body.delete("files");
    body.set("names", new Blob([JSON.stringify(files().map((one) => one.file.name))], { type: "application/json" }), "names.json");
    const answer = await fetch("/calls/names", { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    // Without a connection nothing can be told now; the server looks again when the files come.
    const found = (await answer?.json().catch(() => null)) as { files?: Reading[]; notes?: string[]; detail?: string } | null | undefined;
    if (mine !== asked || !found) return;
    fresh = true;
    refuse(found?.detail ?? "");
    notes.replaceChildren(...(found?.notes ?? []).map((note) => named("li", "notice caution", `⚠ ${note}`)));
    show(new Map((found?.files ?? []).map((one) => [one.name, one])));
  }

  function renew(): void {
    window.clearTimeout(timer);
    withoutList.hidden = !list.files?.length;
    fresh = false;
    if (pattern.value.trim() || list.files?.length) {
      reading = read();
      return;
    }
    asked += 1;
    fresh = true;
    refuse("");
    notes.replaceChildren();
    show(new Map());
  }

  function remember(): void {
    try {
      localStorage.setItem(REMEMBERED, pattern.value);
    } catch {
      // A browser that keeps nothing only forgets the pattern.
    }
  }

  try {
    pattern.value ||= localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    // As above.
  }
  if (pattern.value) box.open = true;
  for (const code of form.querySelectorAll<HTMLElement>("[data-fields] code")) {
    const button = named("button", "button small", "");
    button.type = "button";
    code.replaceWith(button);
    button.append(code);
    button.addEventListener("click", () => {
      pattern.setRangeText(code.textContent ?? "", pattern.selectionStart ?? 0, pattern.selectionEnd ?? 0, "end");
      pattern.focus();
      pattern.dispatchEvent(new Event("input"));
    });
  }
  pattern.addEventListener("input", () => {
    remember();
    fresh = false;
    window.clearTimeout(timer);
    timer = window.setTimeout(renew, PATIENCE);
  });
  pattern.addEventListener("change", renew);
  list.addEventListener("change", renew);
  withoutList.addEventListener("click", () => {
    list.value = "";
    renew();
    list.focus();
  });
  return {
    renew,
    settled: async () => {
      if (!fresh) renew();
      await reading;
      return !fault.textContent;
    },
  };
}
