// Runs once, in Gradio's gr.HTML: `element`, `trigger` and `watch` are its own. A reload finds the run again.
const KEPT = "pullquote.run";
const remember = (run) => {
  try {
    if (run) sessionStorage.setItem(KEPT, run);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // a browser that keeps nothing keeps no run either
  }
};
const run = () => element.querySelector("[data-run]")?.dataset.run;

watch("value", () => remember(run()));

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-stop]")) {
    button.disabled = true;
    trigger("stop", { run: run() });
  } else if (button?.dataset.page) trigger("input", { run: run(), page: Number(button.dataset.page) });
});

try {
  const kept = sessionStorage.getItem(KEPT);
  if (kept) setTimeout(() => trigger("select", { run: kept }), 0);
} catch {
  // likewise
}
