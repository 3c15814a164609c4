// Runs once, in Gradio's gr.HTML. What covers the conversation on a narrow screen is a step in the browser's history, so
// that *Back* closes it. It says “pq-covers” with what closes it when it opens, “pq-uncovers” when it has been closed.
const covered = window.matchMedia("(max-width: 1023px)");
const covers = []; // what closes each, the uppermost last
let own = 0; // steps back that are ours, not the reader's

document.addEventListener("pq-covers", ({ detail: close }) => {
  if (!covered.matches || covers.includes(close)) return;
  covers.push(close);
  window.history.pushState(null, "");
});
document.addEventListener("pq-uncovers", ({ detail: close }) => {
  if (!covers.includes(close)) return;
  covers.splice(covers.indexOf(close), 1);
  own += 1;
  window.history.back();
});
window.addEventListener("popstate", () => {
  if (own) own -= 1;
  else covers.pop()?.();
});
