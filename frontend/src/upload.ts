// Recordings go up two at a time, each with its own progress; what goes wrong with one stands at that one.
import { dropped, ofFolder } from "./upload/chosen";
import { deliver, Refused, type TakenIn } from "./upload/delivery";
import { mountNames, type Readable } from "./upload/names";
import { mountOverall } from "./upload/overall";
import { filled, named } from "./upload/words";

type State = "waiting" | "sending" | "done" | "failed" | "refused";

/** A chosen file. `sent` counts its bytes that are up; `stop` ends its way. */
export interface Chosen extends Readable {
  row: HTMLElement;
  told: HTMLElement;
  state: State;
  sent: number;
  stop: AbortController | null;
}

// One more than one: while the server takes a file in, the next is on its way. More only share the same line.
const AT_ONCE = 2;
// The list of calls is renewed so often at most while files come in, in milliseconds.
const RENEWED = 4000;

export function mountUpload(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-upload]");
  if (!form) return;
  const input = form.querySelector<HTMLInputElement>("input[name=files]")!;
  const folder = form.querySelector<HTMLInputElement>("[data-folder-input]")!;
  const manifest = form.querySelector<HTMLInputElement>("input[name=manifest]")!;
  const list = form.querySelector<HTMLElement>("[data-uploads]")!;
  const zone = form.querySelector<HTMLElement>("[data-drop]")!;
  const status = form.querySelector<HTMLElement>("[data-upload-status]")!;
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
  const words = form.dataset;
  const chosen: Chosen[] = [];
  const overall = mountOverall(form, chosen, status);
  const names = mountNames(form, () => chosen.filter((one) => one.state === "waiting"), () => {
    for (const one of chosen) if (one.state === "waiting") tell(one, one.fault ? (words.notSent ?? "") : (words.waiting ?? ""));
    overall.show();
  });
  form.querySelector<HTMLElement>("[data-drop-hint]")!.hidden = false;

  function add(files: File[]): void {
    const rows = document.createDocumentFragment();
    const known = new Set(chosen.map(({ file }) => sameness(file)));
    const fresh = files.filter((file) => !isList(file) && !known.has(sameness(file)));
    for (const file of fresh) {
      const row = document.createElement("li");
      const told = named("span", "told muted small", words.waiting ?? "");
      const read = named("span", "read small", "");
      row.append(named("span", "name", file.name), told, read);
      const one: Chosen = { file, row, told, read, fault: "", state: "waiting", sent: 0, stop: null };
      chosen.push(one);
      rows.append(row);
      offer(one, words.remove ?? "", () => remove(one));
      const fault = refusal(file);
      if (fault) fail(one, fault, "refused");
    }
    list.append(rows);
    const lists = files.filter(isList);
    if (lists.length) takeList(lists.at(-1)!);
    const again = files.length - fresh.length - lists.length;
    status.textContent = again > 0 ? filled(words.chosenAlready, { number: again }) : "";
    // What was chosen stands in the list now; the fields are free for more.
    input.value = folder.value = "";
    counted();
  }

  function takeList(file: File): void {
    const data = new DataTransfer();
    data.items.add(file);
    manifest.files = data.files;
    form!.querySelector<HTMLDetailsElement>("[data-names]")!.open = true;
  }

  /** What the server would refuse too, but only after all of it had come. */
  function refusal(file: File): string {
    const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (!input.accept.split(",").includes(ending)) return words.wrongType ?? "";
    if (file.size === 0) return words.empty ?? "";
    return file.size > Number(words.mostMb) * 2 ** 20 ? (words.tooLarge ?? "") : "";
  }

  function remove(one: Chosen): void {
    const after = one.row.nextElementSibling?.querySelector<HTMLElement>("button") ?? input;
    chosen.splice(chosen.indexOf(one), 1);
    one.row.remove();
    after.focus();
    counted();
  }

  function counted(): void {
    input.required = chosen.length === 0;
    names.renew();
    overall.show();
  }

  function tell(one: Chosen, text: string, tone = "muted"): void {
    one.told.className = `told small ${tone}`;
    one.told.textContent = text;
  }

  function offer(one: Chosen, label: string, act: () => void): void {
    const old = one.row.querySelector("button");
    const made = named("button", "button small", label);
    made.type = "button";
    made.setAttribute("aria-label", `${label}: ${one.file.name}`);
    made.addEventListener("click", act);
    const wasThere = old !== null && old === document.activeElement;
    old?.remove();
    one.row.append(made);
    if (wasThere) made.focus();
  }

  function fail(one: Chosen, why: string, state: State): void {
    one.state = state;
    one.row.querySelector("progress")?.remove();
    tell(one, `✕ ${why}`, "fail");
    if (state === "failed") offer(one, words.again ?? "", () => again(one));
  }

  function again(one: Chosen): void {
    one.state = "waiting";
    tell(one, words.waiting ?? "");
    offer(one, words.remove ?? "", () => remove(one));
    void send();
  }

  function succeed(one: Chosen, taken: TakenIn): void {
    one.state = "done";
    one.row.querySelector("progress")?.remove();
    one.row.querySelector("button")?.remove();
    const link = named("a", "", `✓ ${(taken.is_new ? words.added : words.known) ?? ""}`);
    link.href = taken.url;
    tell(one, "", "pass");
    one.told.append(link);
  }

  async function upload(one: Chosen): Promise<void> {
    one.state = "sending";
    const bar = named("progress", "", "");
    bar.max = one.file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", one.file.name);
    one.told.after(bar);
    const stop = (one.stop = new AbortController());
    offer(one, words.cancel ?? "", () => stop.abort());
    try {
      const taken = await deliver(one.file, () => new FormData(form!), form!.action, {
        sent: (bytes) => {
          one.sent = bar.value = bytes;
          tell(one, `${Math.floor((100 * bytes) / (one.file.size || 1))} %`);
          overall.show();
        },
        waits: (seconds, why) => {
          tell(one, `⚠ ${filled(why ? words.later : words.offline, { seconds, why })}`, "caution");
          overall.waits();
        },
      }, stop.signal);
      succeed(one, taken);
    } catch (error) {
      one.sent = 0;
      if (stop.signal.aborted) fail(one, words.cancelled ?? "", "failed");
      else if (error instanceof Refused) fail(one, error.message || (words.unreadable ?? ""), "failed");
      else throw error;
    } finally {
      one.stop = null;
      renewCalls();
      overall.show();
    }
  }

  let sending = false;
  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    // Not disabled: whoever pressed it by key would lose their place.
    button.setAttribute("aria-disabled", "true");
    if (await names.settled()) {
      overall.begin();
      // What is taken out of the list, or added to it, meanwhile counts: the next one is looked for each time.
      const next = () => chosen.find((one) => one.state === "waiting" && !one.fault);
      const way = async () => {
        for (let one = next(); one; one = next()) await upload(one);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, way));
      overall.end();
      renewCalls(true);
    }
    sending = false;
    button.removeAttribute("aria-disabled");
  }

  let renewed = 0;
  function renewCalls(now = false): void {
    if (!now && Date.now() - renewed < RENEWED) return;
    renewed = Date.now();
    document.body.dispatchEvent(new CustomEvent("uploaded"));
  }

  input.addEventListener("change", () => add([...(input.files ?? [])]));
  folder.addEventListener("change", () => add(ofFolder([...(folder.files ?? [])])));
  form.querySelector("[data-folder]")!.addEventListener("click", () => folder.click());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  mountDropping(form, zone, add);
  window.addEventListener("beforeunload", (event) => {
    if (chosen.some((one) => one.state === "sending" || (sending && one.state === "waiting"))) event.preventDefault();
  });
}

/** A file that is dropped beside the zone must not take the page's place. */
function mountDropping(form: HTMLElement, zone: HTMLElement, add: (files: File[]) => void): void {
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
    void dropped(event.dataTransfer).then(add);
    zone.scrollIntoView({ block: "nearest" });
  });
}

function isList(file: File): boolean {
  return /\.(csv|tsv)$/i.test(file.name);
}

/** By this a file is known when it is chosen once more. */
function sameness(file: File): string {
  return `${file.name} ${file.size} ${file.lastModified}`;
}
