// Runs once, in Gradio's gr.HTML: `element` and `trigger` are its own.
element.addEventListener("click", (event) => {
  const example = event.target.closest("[data-ask]");
  if (example) trigger("select", { question: example.dataset.ask });
});
