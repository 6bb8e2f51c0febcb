// Brings the review screen to life; on the page of a call only the player and the transcript.
import { mountCoaching } from "./coaching";
import { mountCommands, type Command } from "./commands";
import { find, written, type Item, type Listening, type Review } from "./page";
import { mountPins, type Pins } from "./pins";
import { idleSpans, mountPlayer, type Player } from "./player";
import { mountScorecard } from "./scorecard";
import { mountTranscript, turnsOf, type Transcript } from "./transcript";
import { mountWaveform } from "./waveform";

// Levels beyond these are chosen by their buttons.
const LEVEL_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

interface Listened {
  player: Player | null;
  transcript: Transcript;
  pins: Pins | null;
}

function mountListening(listening: Listening, choose: (item: Item, seconds: number) => void): Listened {
  const script = find("[data-script]");
  const root = find("[data-player]");
  const turns = turnsOf(script);
  const idle = idleSpans(listening, [...turns.agent, ...turns.customer]);
  const player = mountPlayer(root, listening, idle);
  if (player) mountWaveform(root, listening, turns, idle, player);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-clip-start], [data-play-from]");
    if (!button || !player) return;
    const { clipStart, clipEnd, playFrom } = button.dataset;
    if (playFrom) player.seek(Number(playFrom), true);
    else player.clip(Number(clipStart), Number(clipEnd));
  });
  return { player, transcript: mountTranscript(script, player), pins: player ? mountPins(root, listening, choose) : null };
}

function soundCommands(player: Player): Command[] {
  return [
    { id: "play", key: " ", shown: "Space", run: player.toggle },
    { id: "back", key: "ArrowLeft", shown: "←", run: () => player.step(-1) },
    { id: "ahead", key: "ArrowRight", shown: "→", run: () => player.step(1) },
    { id: "slower", key: "[", shown: "[", run: () => player.speed(-1) },
    { id: "faster", key: "]", shown: "]", run: () => player.speed(1) },
    { id: "skip", key: "s", shown: "S", run: player.toggleSkip },
  ];
}

/** On a phone the scorecard and the transcript are two tabs of one place. */
function mountTabs(root: HTMLElement): (tab: string) => void {
  const tabs = [...root.querySelectorAll<HTMLElement>("[data-tab-of]")];
  const show = (name: string) => {
    root.dataset.tab = name;
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.tabOf === name));
  };
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.tabOf ?? ""));
  return show;
}

function mountReview(review: Review): void {
  const listened = mountListening(review, (item, seconds) => {
    scorecard.open(item);
    listened.player?.seek(seconds);
    listened.transcript.reveal(seconds);
  });
  const { player, transcript, pins } = listened;
  const scorecard = mountScorecard(review, (items, active) => {
    pins?.show(items, active);
    transcript.show(items, active);
  });
  const showTab = mountTabs(find("[data-review]"));
  const coach = mountCoaching(review.url, review.duration);
  document.addEventListener("click", (event) => {
    const badge = (event.target as Element).closest<HTMLElement>("[data-badge]");
    if (!badge) return;
    event.preventDefault();
    showTab("card");
    scorecard.open(review.items.find((item) => item.number === Number(badge.dataset.badge)));
  });

  const levels = Math.max(...review.items.map((item) => item.levels.length));
  const keys = LEVEL_KEYS.slice(0, levels);
  const grading: Command[] = levels
    ? [{ id: "level", key: keys, shown: `1–${keys.length}`, run: (key) => scorecard.grade(Number(key) - 1) }]
    : [];
  const judging: Command[] = [
    { id: "accept", key: "a", shown: "A", run: scorecard.accept },
    { id: "pass", key: "p", shown: "P", run: () => scorecard.decide("pass") },
    { id: "fail", key: "f", shown: "F", run: () => scorecard.decide("fail") },
    { id: "not_applicable", key: "n", shown: "N", run: () => scorecard.decide("not_applicable") },
    ...grading,
    { id: "undo", key: "u", shown: "U", run: scorecard.undo },
    { id: "note", key: "m", shown: "M", run: () => scorecard.note(player?.now() ?? 0) },
    { id: "submit", key: "Ctrl+Enter", shown: "Ctrl+Enter", run: scorecard.submit },
  ];
  mountCommands([
    ...(player ? soundCommands(player) : []),
    { id: "next", key: "j", shown: "J", run: () => scorecard.move(1) },
    { id: "previous", key: "k", shown: "K", run: () => scorecard.move(-1) },
    { id: "evidence", key: "e", shown: "E", run: () => scorecard.nextClip()?.click() },
    ...(review.editable ? judging : []),
    { id: "coach", key: "c", shown: "C", run: () => coach(scorecard.active(), player?.now() ?? 0, player !== null) },
    {
      id: "find",
      key: "/",
      shown: "/",
      run: () => {
        showTab("script");
        transcript.find();
      },
    },
    { id: "help", key: "?", shown: "?", run: () => find<HTMLDialogElement>("[data-help]").showModal() },
  ]);
  scorecard.open(review.items.find((item) => item.decided.verdict === null || item.decided.outdated) ?? review.items[0]);
}

const review = written<Review>("review-data");
const listening = written<Listening>("listening-data");
if (review) mountReview(review);
else if (listening) {
  const { player } = mountListening(listening, () => undefined);
  document.addEventListener("click", (event) => {
    const id = (event.target as Element).closest<HTMLElement>("[data-command]")?.dataset.command;
    if (player) soundCommands(player).find((command) => command.id === id)?.run("");
  });
}
