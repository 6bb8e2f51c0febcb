// How far all files together are: shown all the time, and said aloud now and then.
import type { Chosen } from "../upload";
import { filled } from "./words";

// Before so many milliseconds nobody can tell how long it takes.
const FIRST_GUESS = 3000;
const SAID_PERCENT = 25;

export function mountOverall(form: HTMLFormElement, chosen: Chosen[], status: HTMLElement) {
  const words = form.dataset;
  const box = form.querySelector<HTMLElement>("[data-overall-progress]")!;
  const bar = box.querySelector("progress")!;
  const text = box.querySelector<HTMLElement>("[data-overall-told]")!;
  let began = 0;
  let before = 0;
  let said = 0;
  let frame = 0;

  const mine = () => chosen.filter((one) => one.state !== "refused" && (!one.fault || one.state !== "waiting"));
  const sum = (of: Chosen[], what: (one: Chosen) => number) => of.reduce((all, one) => all + what(one), 0);

  function draw(): void {
    frame = 0;
    const files = mine();
    const size = sum(files, (one) => one.file.size);
    const sent = sum(files, (one) => one.sent);
    const done = files.filter((one) => one.state === "done").length;
    bar.max = size || 1;
    bar.value = sent;
    const left = timeLeft(size - sent, sent - before);
    const far = filled(words.overall, { done, all: files.length, sent: megabytes(sent), size: megabytes(size) });
    text.textContent = left ? `${far}, ${left}` : far;
    const percent = Math.floor((100 * sent) / (size || 1));
    if (began && percent >= said + SAID_PERCENT && percent < 100) {
      said = percent - (percent % SAID_PERCENT);
      status.textContent = text.textContent;
    }
  }

  function timeLeft(bytes: number, came: number): string {
    const passed = Date.now() - began;
    if (!began || passed < FIRST_GUESS || came <= 0 || bytes <= 0) return "";
    const seconds = (bytes * passed) / came / 1000;
    return seconds < 90
      ? filled(words.secondsLeft, { number: Math.max(1, Math.round(seconds)) })
      : filled(words.minutesLeft, { number: Math.round(seconds / 60) });
  }

  return {
    /** Once for each picture the browser draws, however many files are on their way. */
    show(): void {
      box.hidden = chosen.length < 2 && !began;
      frame ||= window.requestAnimationFrame(draw);
    },
    begin(): void {
      began = Date.now();
      before = sum(mine(), (one) => one.sent);
      said = 0;
      this.show();
    },
    waits(): void {
      if (status.textContent !== words.connection) status.textContent = words.connection ?? "";
    },
    end(): void {
      began = 0;
      const good = chosen.filter((one) => one.state === "done").length;
      status.textContent = `✓ ${good} / ${chosen.length}`;
      this.show();
    },
  };
}

function megabytes(bytes: number): string {
  const value = bytes / 2 ** 20;
  // A small file is not nothing.
  const least = bytes ? Math.max(value, 0.1) : 0;
  return value < 10 ? least.toFixed(1) : String(Math.round(value));
}
