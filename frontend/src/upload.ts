// Recordings go up one after another, each with its own progress; what goes wrong with one stands at that one.

interface TakenIn {
  url: string;
  is_new: boolean;
  error: string;
}

/** A file on its way; `request` is there while its bytes go up. */
interface Waiting {
  file: File;
  row: HTMLElement;
  request: XMLHttpRequest | null;
  done: boolean;
}

export function mountUpload(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-upload]");
  if (!form) return;
  const input = form.querySelector<HTMLInputElement>("input[type=file]")!;
  const list = form.querySelector<HTMLElement>("[data-uploads]")!;
  const zone = form.querySelector<HTMLElement>("[data-drop]")!;
  const status = form.querySelector<HTMLElement>("[data-upload-status]")!;
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
  const words = form.dataset;
  const waiting: Waiting[] = [];
  form.querySelector<HTMLElement>("[data-drop-hint]")!.hidden = false;

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const row = document.createElement("li");
      row.append(named("span", "name", file.name), named("span", "told muted small", words.waiting ?? ""));
      const one: Waiting = { file, row, request: null, done: false };
      waiting.push(one);
      list.append(row);
      offer(one, words.remove ?? "", () => drop(one));
      const fault = refused(file);
      if (fault) fail(one, fault, false);
    }
    // What was chosen stands in the list now; the field is free for more.
    input.value = "";
    input.required = waiting.length === 0;
  }

  /** What the server would refuse too, but only after all of it had come. */
  function refused(file: File): string {
    const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (!input.accept.split(",").includes(ending)) return words.wrongType ?? "";
    return file.size > Number(words.mostMb) * 2 ** 20 ? (words.tooLarge ?? "") : "";
  }

  function drop(one: Waiting): void {
    waiting.splice(waiting.indexOf(one), 1);
    one.row.remove();
    input.required = waiting.length === 0;
  }

  function tell(one: Waiting, text: string, tone = "muted"): HTMLElement {
    const told = one.row.querySelector<HTMLElement>(".told")!;
    told.className = `told small ${tone}`;
    told.textContent = text;
    return told;
  }

  function offer(one: Waiting, label: string, act: () => void): void {
    one.row.querySelector("button")?.remove();
    const made = named("button", "button small", label);
    made.type = "button";
    made.setAttribute("aria-label", `${label}: ${one.file.name}`);
    made.addEventListener("click", act);
    one.row.append(made);
  }

  function fail(one: Waiting, why: string, again: boolean): void {
    one.done = true;
    one.row.querySelector("progress")?.remove();
    tell(one, `✕ ${why}`, "fail");
    if (again) {
      offer(one, words.again ?? "", () => {
        one.done = false;
        void send();
      });
    }
  }

  function succeed(one: Waiting, taken: TakenIn): void {
    one.done = true;
    one.row.querySelector("progress")?.remove();
    one.row.querySelector("button")?.remove();
    const link = named("a", "", `✓ ${(taken.is_new ? words.added : words.known) ?? ""}`);
    link.href = taken.url;
    tell(one, "", "pass").append(link);
  }

  function upload(one: Waiting): Promise<void> {
    const bar = named("progress", "", "");
    bar.max = one.file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", one.file.name);
    one.row.querySelector(".told")!.after(bar);
    const body = new FormData(form!);
    body.set("files", one.file);
    return new Promise((end) => {
      const request = new XMLHttpRequest();
      one.request = request;
      offer(one, words.cancel ?? "", () => request.abort());
      request.upload.addEventListener("progress", (event) => {
        bar.value = Math.min(event.loaded, one.file.size);
        tell(one, `${Math.round((100 * event.loaded) / (event.total || 1))} %`);
      });
      request.addEventListener("load", () => {
        const answer = request.response as { files?: TakenIn[]; detail?: string } | null;
        const taken = answer?.files?.[0];
        if (taken && !taken.error) succeed(one, taken);
        else fail(one, taken?.error ?? answer?.detail ?? String(request.status), !taken);
      });
      request.addEventListener("error", () => fail(one, words.cutOff ?? "", true));
      request.addEventListener("abort", () => fail(one, words.cancelled ?? "", true));
      request.addEventListener("loadend", () => {
        one.request = null;
        end();
      });
      request.open("POST", form!.action);
      request.responseType = "json";
      request.setRequestHeader("Accept", "application/json");
      request.send(body);
    });
  }

  let sending = false;
  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    button.disabled = true;
    for (;;) {
      const next = waiting.find((one) => !one.done);
      if (!next) break;
      await upload(next);
      document.body.dispatchEvent(new CustomEvent("uploaded"));
    }
    const good = waiting.filter((one) => one.row.querySelector("a")).length;
    status.textContent = `✓ ${good} / ${waiting.length}`;
    sending = false;
    button.disabled = false;
  }

  input.addEventListener("change", () => add([...(input.files ?? [])]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  // A file that is dropped beside the zone must not take the page's place.
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.closest("details")!.open = true;
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    zone.classList.remove("over");
    add(event.dataTransfer.files);
    zone.scrollIntoView({ block: "nearest" });
  });
  window.addEventListener("beforeunload", (event) => {
    if (waiting.some((one) => one.request)) event.preventDefault();
  });
}

function named<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
