// Runs once, in Gradio's gr.HTML: `element` and `watch` are its own. Text from the server becomes a file to save.
watch("value", () => {
  const made = element.querySelector("[data-text]");
  if (!made) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([made.dataset.text], { type: "text/markdown" }));
  link.download = made.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});
