// Runs once, after confirming.js, in Gradio's gr.HTML: `element`, `trigger` and `watch` are its own.
let removing = false;

element.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  const list = element.querySelector(".pq-shelf");
  if (!button || !list) return;
  const { page } = list.dataset;
  const words = document.querySelector(".pq-find input").value; // what is looked for now, found or not yet
  const { article, remove, title } = button.dataset;
  if (article) trigger("select", { article });
  else if (button.dataset.page) {
    trigger("input", { words, page: Number(button.dataset.page) });
    element.closest(".pq-drawer").scrollTop = element.offsetTop;
  } else if (remove !== undefined) {
    const text = `“${title}” is taken out of the library for everybody who uses it.`;
    if (await confirmed("Remove this article?", text, "Remove")) {
      removing = true;
      trigger("delete", { article: remove, words, page: Number(page) });
    }
  }
});

// The next row stands where the one that is gone had the focus; after the last one the focus would be nowhere.
watch("value", () => {
  const nowhere = removing && document.activeElement === document.body;
  removing = false;
  const rows = element.querySelectorAll("[data-remove]");
  if (nowhere) (rows[rows.length - 1] ?? document.querySelector(".pq-find input")).focus();
});
