import { keysAreOff } from "./keys";

const SOON_SECONDS = 0.05;

/** The clips of failing calls, heard right there, alone or one after another. */
export function mountClips(): void {
  const list = document.querySelector<HTMLElement>("[data-clip-list]");
  const audio = document.querySelector<HTMLAudioElement>("[data-clip-player]");
  const bar = document.querySelector<HTMLElement>("[data-clip-bar]");
  if (!list) return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-clip-row]")];
  const clips = rows.map((row) => row.querySelector<HTMLButtonElement>("[data-clip-audio]"));
  if (audio && bar) new Clips(rows, clips, audio, bar).mount();
}

class Clips {
  private at = -1;
  private goesOn = false;
  private readonly now: HTMLElement;
  private readonly progress: HTMLProgressElement;
  private readonly toggle: HTMLButtonElement;

  constructor(
    private readonly rows: HTMLElement[],
    private readonly clips: (HTMLButtonElement | null)[],
    private readonly audio: HTMLAudioElement,
    private readonly bar: HTMLElement,
  ) {
    this.now = bar.querySelector<HTMLElement>("[data-clip-now]")!;
    this.progress = bar.querySelector<HTMLProgressElement>("[data-clip-progress]")!;
    this.toggle = bar.querySelector<HTMLButtonElement>("[data-clip-toggle]")!;
  }

  mount(): void {
    this.clips.forEach((clip, at) => {
      if (!clip) return;
      clip.disabled = false;
      clip.addEventListener("click", () => (at === this.at && !this.audio.paused ? this.audio.pause() : this.play(at, false)));
    });
    const all = document.querySelector<HTMLButtonElement>("[data-play-all]");
    if (all) {
      all.hidden = false;
      all.addEventListener("click", () => this.play(this.following(-1, 1), true));
    }
    this.toggle.addEventListener("click", () => this.pauseOrGoOn());
    for (const button of this.bar.querySelectorAll<HTMLElement>("[data-clip-step]"))
      button.addEventListener("click", () => this.step(Number(button.dataset.clipStep)));
    this.audio.addEventListener("timeupdate", () => this.show());
    this.audio.addEventListener("ended", () => this.finish());
    this.audio.addEventListener("error", () => this.fail());
    for (const event of ["play", "pause"]) this.audio.addEventListener(event, () => this.mark());
    document.addEventListener("keydown", (event) => this.press(event));
  }

  private press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.matches("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return;
    const key = event.key.toLowerCase();
    if (key === " ") {
      // A control that was reached by keyboard keeps its own key.
      if (target.matches("button:focus-visible, a:focus-visible, summary")) return;
      this.pauseOrGoOn();
    } else if (key === "j") this.step(1);
    else if (key === "k") this.step(-1);
    else if (key === "enter" && target === document.body && this.at >= 0) this.rows[this.at]?.querySelector("a")?.click();
    else return;
    event.preventDefault();
  }

  private pauseOrGoOn(): void {
    if (this.at < 0) this.play(this.following(-1, 1), true);
    else if (!this.audio.paused) this.audio.pause();
    else if (this.audio.currentTime >= this.end - SOON_SECONDS) this.play(this.at, this.goesOn);
    else void this.audio.play();
  }

  private step(by: number): void {
    const next = this.following(this.at, by);
    if (next >= 0) this.play(next, this.goesOn);
  }

  /** The next clip with sound in this direction; -1 where there is none. */
  private following(from: number, by: number): number {
    for (let at = from + by; at >= 0 && at < this.clips.length; at += by) if (this.clips[at]) return at;
    return -1;
  }

  private play(at: number, goesOn: boolean): void {
    const clip = this.clips[at];
    const row = this.rows[at];
    if (!clip || !row) return;
    this.rows[this.at]?.removeAttribute("aria-current");
    this.at = at;
    this.goesOn = goesOn;
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    this.bar.hidden = false;
    this.now.textContent = `${this.told(at)} · ${row.querySelector("a")?.textContent ?? ""}`;
    const source = clip.dataset.clipAudio ?? "";
    if (this.audio.getAttribute("src") !== source) this.audio.src = source;
    this.audio.currentTime = this.start;
    void this.audio.play().catch(() => undefined);
    this.show();
  }

  private show(): void {
    if (this.at < 0) return;
    const length = this.end - this.start;
    this.progress.value = Math.min(100, Math.max(0, (100 * (this.audio.currentTime - this.start)) / length));
    if (this.audio.currentTime >= this.end && !this.audio.paused) this.finish();
  }

  /** The clip is over: the next one, where one after another is wanted. */
  private finish(): void {
    this.audio.pause();
    const next = this.goesOn ? this.following(this.at, 1) : -1;
    if (next >= 0) this.play(next, true);
  }

  private fail(): void {
    this.now.textContent = `${this.told(this.at)} · ${this.now.dataset.clipFailed ?? ""}`;
    this.finish();
  }

  private mark(): void {
    const playing = !this.audio.paused;
    this.toggle.setAttribute("aria-pressed", String(playing));
    for (const [at, clip] of this.clips.entries()) clip?.querySelector("use")?.setAttribute("href", playing && at === this.at ? "#i-pause" : "#i-play");
    this.toggle.querySelector("use")?.setAttribute("href", playing ? "#i-pause" : "#i-play");
  }

  private told(at: number): string {
    const playable = this.clips.flatMap((clip, place) => (clip ? [place] : []));
    return (this.now.dataset.clipOf ?? "").replace("{at}", String(playable.indexOf(at) + 1)).replace("{count}", String(playable.length));
  }

  private get start(): number {
    return Number(this.clips[this.at]?.dataset.clipFrom ?? 0);
  }

  private get end(): number {
    return Number(this.clips[this.at]?.dataset.clipTo ?? 0);
  }
}
