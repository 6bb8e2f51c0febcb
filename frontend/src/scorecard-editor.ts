// The editor of a scorecard: what is written is kept on the server at every pause, and looked at right after.
import { rendered } from "./trusted";

const PAUSE = 500;
const AGAIN = 5000;

export function mountScorecardEditor(): void {
  const root = document.querySelector<HTMLElement>("[data-card-editor]");
  if (root) new ScorecardEditor(root);
}

class ScorecardEditor {
  private readonly form: HTMLFormElement;
  private readonly area: HTMLTextAreaElement;
  private readonly lines: HTMLElement;
  private readonly call: HTMLInputElement;
  private readonly shown: HTMLElement;
  private readonly url: string;
  private readonly kept: string;
  private revision: number;
  private saved: string;
  private timer = 0;
  private saving: Promise<boolean> | null = null;
  private looking = false;
  private lookAgain = false;
  private conflict = false;

  constructor(private readonly root: HTMLElement) {
    this.form = root.querySelector("form")!;
    this.area = root.querySelector("textarea")!;
    this.lines = root.querySelector("[data-lines]")!;
    this.call = root.querySelector("[data-call]")!;
    this.shown = root.querySelector("[data-preview]")!;
    this.url = `/scorecards/${encodeURIComponent(root.dataset.name ?? "")}`;
    this.kept = `callmark-card:${root.dataset.name}`;
    this.revision = Number(root.dataset.revision);
    this.saved = this.area.value;
    this.listen();
    this.offerWhatWasLost();
    this.number();
    void this.look();
  }

  private listen(): void {
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("scroll", () => (this.lines.scrollTop = this.area.scrollTop));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.call.addEventListener("change", () => void this.look());
    this.shown.addEventListener("click", (event) => {
      const line = (event.target as HTMLElement).closest<HTMLElement>("[data-line]");
      if (line) this.goTo(Number(line.dataset.line));
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    for (const link of this.root.querySelectorAll<HTMLAnchorElement>("[data-leaves]")) {
      link.addEventListener("click", (event) => {
        if (!this.dirty) return;
        event.preventDefault();
        void this.save().then((done) => done && location.assign(link.href));
      });
    }
    window.addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
    this.root.querySelector("[data-keep-mine]")!.addEventListener("click", () => {
      this.conflict = false;
      this.box("conflict-box").hidden = true;
      void this.save();
    });
    const at = /^#L(\d+)$/.exec(location.hash);
    if (at) requestAnimationFrame(() => this.goTo(Number(at[1])));
  }

  private get dirty(): boolean {
    return this.area.value !== this.saved;
  }

  private changed(): void {
    this.number();
    this.keepHere();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      void this.save();
      void this.look();
    }, PAUSE);
  }

  /** Tab indents; after Escape it leaves the text, as everywhere else. */
  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.root.dataset.leaving = "";
      return;
    }
    if (event.key === "Tab" && !event.ctrlKey && !event.altKey && this.root.dataset.leaving === undefined) {
      event.preventDefault();
      if (!event.shiftKey) document.execCommand("insertText", false, "  ");
      else this.outdent();
      return;
    }
    if (event.key !== "Shift") delete this.root.dataset.leaving;
    if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.save();
    }
  }

  private outdent(): void {
    const at = this.area.selectionStart;
    const start = this.area.value.lastIndexOf("\n", at - 1) + 1;
    const spaces = /^ {1,2}/.exec(this.area.value.slice(start, start + 2))?.[0].length ?? 0;
    if (!spaces) return;
    this.area.setSelectionRange(start, start + spaces);
    document.execCommand("delete");
    this.area.setSelectionRange(Math.max(start, at - spaces), Math.max(start, at - spaces));
  }

  private number(): void {
    const count = this.area.value.split("\n").length;
    if (Number(this.lines.dataset.count) === count) return;
    this.lines.dataset.count = String(count);
    this.lines.textContent = Array.from({ length: count }, (_, place) => place + 1).join("\n");
    this.lines.scrollTop = this.area.scrollTop;
  }

  private goTo(line: number): void {
    const before = this.area.value.split("\n").slice(0, line - 1).join("\n");
    const start = line > 1 ? before.length + 1 : 0;
    const end = this.area.value.indexOf("\n", start);
    this.area.focus();
    this.area.setSelectionRange(start, end < 0 ? this.area.value.length : end);
    const height = Number.parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 1) * height - this.area.clientHeight / 3);
    this.area.scrollLeft = 0;
  }

  /** Whether all that is written is kept on the server. */
  private async save(): Promise<boolean> {
    while (this.saving) await this.saving;
    if (!this.dirty) return true;
    if (this.conflict) return false;
    this.saving = this.send(this.area.value);
    const done = await this.saving;
    this.saving = null;
    return done && (!this.dirty || this.save());
  }

  private async send(text: string): Promise<boolean> {
    this.say("save-status", this.root.dataset.saving);
    try {
      const answer = await fetch(`${this.url}/draft`, this.json("PUT", { text, revision: this.revision }));
      const said = (await answer.json()) as { revision?: number; detail?: string };
      if (answer.status === 409) {
        this.revision = said.revision ?? this.revision;
        this.conflict = true;
        this.box("conflict-box").hidden = false;
        this.say("conflict-text", this.root.dataset.conflict);
        this.say("save-status", "");
        return false;
      }
      if (!answer.ok) throw new Error(said.detail);
      this.revision = said.revision!;
      this.form.querySelector<HTMLInputElement>("[name=revision]")!.value = String(this.revision);
      this.saved = text;
      if (!this.dirty) localStorage.removeItem(this.kept);
      this.say("save-status", this.root.dataset.saved);
      return true;
    } catch (error) {
      this.say("save-status", (error as Error).message && !(error instanceof TypeError) ? (error as Error).message : this.root.dataset.unsaved);
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.save(), AGAIN);
      return false;
    }
  }

  /** One look at a time; what was written meanwhile is looked at next. */
  private async look(): Promise<void> {
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = true;
    this.say("preview-status", this.root.dataset.looking);
    try {
      const call = Number(this.call.value);
      const asked = { text: this.area.value, call: Number.isInteger(call) && call > 0 ? call : null };
      const answer = await fetch(`${this.url}/preview`, this.json("POST", asked, "text/html"));
      const html = await answer.text();
      if (answer.ok) this.show(html);
      const missing = answer.status === 404 ? new DOMParser().parseFromString(rendered(html), "text/html").querySelector("main p")?.textContent : "";
      this.say("preview-status", answer.ok ? "" : missing || this.root.dataset.failed);
    } catch {
      this.say("preview-status", this.root.dataset.failed);
    }
    this.looking = false;
    if (this.lookAgain) {
      this.lookAgain = false;
      void this.look();
    }
  }

  /** The new preview in place of the old one; what the reader has opened stays open. */
  private show(html: string): void {
    const open = new Set([...this.shown.querySelectorAll<HTMLElement>("[data-tried]:has(details[open])")].map((one) => one.dataset.tried));
    this.shown.innerHTML = rendered(html);
    for (const item of this.shown.querySelectorAll<HTMLElement>("[data-tried]")) {
      if (open.has(item.dataset.tried)) item.querySelector("details")!.open = true;
    }
  }

  /** Until it is safe on the server, what is written is kept in this browser too. */
  private keepHere(): void {
    try {
      localStorage.setItem(this.kept, this.area.value);
    } catch {
      // Too large, or not allowed: then only the server keeps it.
    }
  }

  private offerWhatWasLost(): void {
    const lost = localStorage.getItem(this.kept);
    if (lost === null || lost === this.area.value) return localStorage.removeItem(this.kept);
    const box = this.box("restore");
    box.hidden = false;
    box.querySelector("[data-restore-take]")!.addEventListener("click", () => {
      this.area.value = lost;
      box.hidden = true;
      this.changed();
    });
    box.querySelector("[data-restore-drop]")!.addEventListener("click", () => {
      localStorage.removeItem(this.kept);
      box.hidden = true;
    });
  }

  private json(method: string, body: object, accept = "application/json"): RequestInit {
    return { method, headers: { "content-type": "application/json", accept }, body: JSON.stringify(body) };
  }

  private say(place: string, text = ""): void {
    this.box(place).textContent = text;
  }

  private box(name: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(`[data-${name}]`)!;
  }
}
