// Runs once, in Gradio's gr.HTML: `element`, `props`, `trigger` and `watch` are its own.
const nothing = props.value;

watch("value", () => {
  for (const what of ["listed", "added"]) {
    if (element.querySelector(`[data-${what}]`)) document.dispatchEvent(new CustomEvent(`pq-${what}`));
  }
  element.querySelector(".pq-trouble")?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("pq-news", ({ detail }) => {
  if (element.closest(".pq-pane").contains(detail)) props.value = nothing;
});

element.addEventListener("click", ({ target }) => {
  const { article } = target.closest("button")?.dataset ?? {};
  if (article) trigger("select", { article });
});
