/** The player of a shared clip: it knows only that stretch of the recording, and stops at its end. */
export function mountClip(): void {
  const root = document.querySelector<HTMLElement>("[data-clip]");
  const audio = root?.querySelector("audio");
  const button = root?.querySelector<HTMLButtonElement>("[data-clip-play]");
  const seek = root?.querySelector<HTMLInputElement>("[data-clip-seek]");
  const shown = root?.querySelector<HTMLElement>("[data-clip-now]");
  const controls = root?.querySelector<HTMLElement>("[data-clip-controls]");
  if (!root || !audio || !button || !seek || !shown || !controls) return;
  const start = Number(root.dataset.start);
  const end = Number(root.dataset.end);
  const label = button.querySelector("span");
  const picture = button.querySelector("use");

  audio.controls = false;
  controls.hidden = false;

  const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function show(): void {
    const place = Math.min(Math.max(audio!.currentTime - start, 0), end - start);
    seek!.value = String(place);
    seek!.setAttribute("aria-valuetext", clock(place));
    shown!.textContent = clock(place);
    picture?.setAttribute("href", audio!.paused ? "#i-play" : "#i-pause");
    if (label) label.textContent = (audio!.paused ? button!.dataset.wordsPlay : button!.dataset.wordsPause) ?? "";
  }

  function frame(): void {
    if (audio!.currentTime >= end) audio!.pause();
    show();
    if (!audio!.paused) requestAnimationFrame(frame);
  }

  button.addEventListener("click", () => {
    if (!audio.paused) return audio.pause();
    if (audio.currentTime < start || audio.currentTime >= end - 0.05) audio.currentTime = start;
    void audio.play();
  });
  seek.addEventListener("input", () => {
    audio.currentTime = start + Number(seek.value);
  });
  audio.addEventListener("play", () => requestAnimationFrame(frame));
  for (const change of ["pause", "seeked", "loadedmetadata"]) audio.addEventListener(change, show);
}
