// Runs once, in Gradio's gr.HTML: `element` and `watch` are its own.
watch("value", () => {
  for (const what of ["listed", "added"]) {
    if (element.querySelector(`[data-${what}]`)) document.dispatchEvent(new CustomEvent(`pq-${what}`));
  }
});
