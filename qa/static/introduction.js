// Runs once, in Gradio's gr.HTML: `element` and `trigger` are its own.
const choose = (what) => {
  document.dispatchEvent(new CustomEvent("pq-chosen", { detail: what }));
  trigger("select", what);
};

element.addEventListener("click", (event) => {
  const example = event.target.closest("[data-ask]");
  if (example) choose({ question: example.dataset.ask });
});
// What is asked again is asked by the same event as what is asked anew: of two at once each would write the conversation
// without the other.
document.addEventListener("pq-again", ({ detail }) => choose({ again: detail }));
