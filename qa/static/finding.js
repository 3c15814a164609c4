// Runs once, in Gradio's gr.HTML: `element` and `trigger` are its own.
let waiting;
document.addEventListener("pq-listed", () => {
  clearTimeout(waiting);
  element.querySelector("input").value = ""; // the list shows all again
});
element.addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => trigger("input", { words: event.target.value, page: 0 }), 200);
});
