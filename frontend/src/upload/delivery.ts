// Brings one file to the server, whatever the connection does: it waits and tries again, and a large file goes on where
// it broke off. The same bytes are one call, so that what is sent twice does no harm.

/** What became of a file on the server. */
export interface TakenIn {
  url: string;
  is_new: boolean;
  error: string;
  again: boolean;
}

interface Answer {
  status: number;
  body: { files?: TakenIn[]; came?: number; detail?: string } | null;
}

/** What is told meanwhile. `waits`: until the next attempt, in seconds; `why` is empty when the connection is away. */
export interface Told {
  sent(bytes: number): void;
  waits(seconds: number, why: string): void;
}

/** The file cannot be read any more, or the server does not want it. */
export class Refused extends Error {}

const LARGE = 16 * 2 ** 20;
const PIECE = 8 * 2 ** 20;
const LONGEST_PAUSE = 60;
// A fault of the server's own may be the file's doing: it is not asked for ever.
const MOST_FAULTS = 5;
const PASSING = [0, 408, 425, 429, 502, 503, 504, 507];

export async function deliver(file: File, facts: () => FormData, address: string, told: Told, stop: AbortSignal): Promise<TakenIn> {
  const taken = file.size > LARGE ? await inPieces(file, facts, address, told, stop) : await asWhole(file, facts, address, told, stop);
  told.sent(file.size);
  return taken;
}

async function asWhole(file: File, facts: () => FormData, address: string, told: Told, stop: AbortSignal): Promise<TakenIn> {
  const answer = await persist(told, stop, file, () => {
    const body = facts();
    body.set("files", file);
    return ask("POST", address, stop, body, (bytes) => told.sent(Math.min(bytes, file.size)));
  });
  return taken(answer);
}

async function inPieces(file: File, facts: () => FormData, address: string, told: Told, stop: AbortSignal): Promise<TakenIn> {
  const self = { name: file.name, size: String(file.size), modified: String(file.lastModified) };
  for (;;) {
    const known = await persist(told, stop, file, () => ask("GET", `/uploads?${new URLSearchParams(self)}`, stop));
    let came = known.body?.came ?? refuse(known);
    told.sent(came);
    while (came < file.size) {
      const from = came;
      const answer = await persist(told, stop, file, () => {
        const body = filledForm(new FormData(), { ...self, offset: String(from) });
        body.set("piece", file.slice(from, from + PIECE));
        return ask("POST", "/uploads", stop, body, (bytes) => told.sent(from + Math.min(bytes, PIECE, file.size - from)));
      });
      // Somebody else brought a piece, or the last answer was lost: what has come is asked for anew.
      if (answer.status === 409) break;
      came = answer.body?.came ?? refuse(answer);
    }
    if (came < file.size) continue;
    const answer = await persist(told, stop, file, () => ask("POST", address, stop, filledForm(facts(), self)));
    if (answer.status !== 409) return taken(answer);
  }
}

function filledForm(form: FormData, fields: Record<string, string>): FormData {
  form.delete("files");
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

function taken(answer: Answer): TakenIn {
  const one = answer.body?.files?.[0];
  if (!one) return refuse(answer);
  if (one.error) throw new Refused(one.error);
  return one;
}

function refuse(answer: Answer): never {
  throw new Refused(answer.body?.detail ?? String(answer.status));
}

/** Ask until there is an answer that will not change by itself. */
async function persist(told: Told, stop: AbortSignal, file: File, act: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await act();
    stop.throwIfAborted();
    const passing = answer.body?.files?.[0]?.again ? answer.body.files[0].error : null;
    const isFault = answer.status === 500 && attempt < MOST_FAULTS;
    if (!PASSING.includes(answer.status) && !isFault && passing === null) return answer;
    // A file that was changed or is gone looks to the browser like a connection that broke off.
    if (answer.status === 0) await file.slice(0, 1).arrayBuffer().catch(() => { throw new Refused(""); });
    await pause(Math.min(2 ** attempt, LONGEST_PAUSE), passing ?? answer.body?.detail ?? "", told, stop);
  }
}

/** Wait, telling how long still; a connection that is back ends it. */
function pause(seconds: number, why: string, told: Told, stop: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    let left = seconds;
    const end = (act: () => void) => {
      window.clearInterval(clock);
      window.removeEventListener("online", goOn);
      stop.removeEventListener("abort", giveUp);
      act();
    };
    const goOn = () => end(done);
    const giveUp = () => end(() => fail(stop.reason as Error));
    const clock = window.setInterval(() => {
      left -= 1;
      if (left <= 0) goOn();
      else told.waits(left, why);
    }, 1000);
    window.addEventListener("online", goOn);
    stop.addEventListener("abort", giveUp);
    told.waits(left, why);
  });
}

/** One request; an XMLHttpRequest, because fetch does not tell how much has gone up. Status 0: no answer came. */
function ask(method: string, address: string, stop: AbortSignal, body?: FormData, sent?: (bytes: number) => void): Promise<Answer> {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    if (sent) request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("loadend", () => {
      stop.removeEventListener("abort", abort);
      done({ status: request.status, body: request.response as Answer["body"] });
    });
    stop.addEventListener("abort", abort);
    request.open(method, address);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });
}
