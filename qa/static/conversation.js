// Runs once, in Gradio's gr.HTML: `element`, `trigger` and `watch` are its own.
element.addEventListener("click", (event) => {
  const cited = event.target.closest("[data-article]");
  if (!cited) return;
  // A reader who is marking words in a quote is not asking for its article.
  if (cited.tagName !== "BUTTON" && String(window.getSelection())) return;
  const control = cited.tagName === "BUTTON" ? cited : cited.closest("li").querySelector("button");
  control.focus({ preventScroll: true });
  trigger("select", { ...cited.dataset });
});

watch("value", () => {
  const turn = element.querySelector(".pq-turn:last-child");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (turn) turn.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
});
