// Runs once, after sending.js, in Gradio's gr.HTML: `element` and `trigger` are its own.
const told = element.querySelector("[data-news]");
let busy = false;

onFiles(async (files) => {
  if (busy || document.querySelector("#pq-pane-questions [data-running]")) {
    told.textContent = "One file at a time: cancel the one that is being answered, or wait for it.";
    return;
  }
  busy = true;
  try {
    const { tokens } = await sendAll(files.slice(0, 1), told);
    if (tokens.length) trigger("submit", { file: tokens[0] });
  } finally {
    busy = false;
  }
});
