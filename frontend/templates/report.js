// Comfort only: without this the page reads, and its sounds play, just the same.
document.addEventListener("play", (event) => {
  for (const sound of document.querySelectorAll("audio")) if (sound !== event.target) sound.pause();
}, true);

// A sound that stands further up is played from here instead of jumping to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.replay");
  const sound = link && document.getElementById(link.hash.slice(1));
  if (!sound) return;
  event.preventDefault();
  sound.currentTime = 0;
  sound.play();
});

// A link to an item unfolds it.
const unfold = () => {
  const place = location.hash && document.getElementById(location.hash.slice(1));
  const item = place && place.closest("details");
  if (!item) return;
  item.open = true;
  item.scrollIntoView({ block: "center" });
};
addEventListener("hashchange", unfold);
unfold();

// On paper nothing can be unfolded.
addEventListener("beforeprint", () => {
  for (const item of document.querySelectorAll("details.item")) item.open = true;
});
