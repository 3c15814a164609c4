// Runs once, in Gradio's gr.HTML: `element` and `watch` are its own.
watch("value", () => {
  if (element.querySelector("[data-added]")) document.dispatchEvent(new CustomEvent("pq-added"));
});
