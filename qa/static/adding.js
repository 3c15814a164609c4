// Runs once, after sending.js, in Gradio's gr.HTML: `element` and `trigger` are its own.
const told = element.querySelector("[data-news]");
const form = element.querySelector("form");
let busy = false;
let pasted = false; // whether what is being taken in was pasted

const tell = (line) => {
  const words = document.createElement("p");
  words.className = "pq-small";
  words.textContent = line;
  told.replaceChildren(words);
};

const underWay = () => busy || document.querySelector("#pq-pane-articles [data-errand]");

onFiles(async (files) => {
  if (underWay()) return tell("One thing at a time: articles are being taken in.");
  if (files.length > 200) return tell(`These are ${files.length} files: give 200 at a time, or a zip of them.`);
  busy = true;
  try {
    const { tokens, refused } = await sendAll(files, told);
    pasted = false;
    if (tokens.length) trigger("submit", { files: tokens, refused });
  } finally {
    busy = false;
  }
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (underWay()) return tell("One thing at a time: articles are being taken in.");
  told.replaceChildren();
  const { text } = form.elements;
  text.setCustomValidity(text.value.trim() ? "" : "There is no text: paste the article's text.");
  if (!text.reportValidity()) return; // which also takes whoever pasted nothing to the field
  newsBegins();
  pasted = true;
  trigger("submit", Object.fromEntries(new FormData(form)));
});

document.addEventListener("click", (event) => {
  const errand = event.target.closest("[data-stop]")?.closest("[data-errand]");
  if (errand) trigger("stop", { errand: errand.dataset.errand });
});

// What was pasted and taken in need not be there a second time; what was refused is still there to be mended.
document.addEventListener("pq-added", () => {
  if (!pasted) return;
  pasted = false;
  form.reset();
  element.querySelector("details").open = false;
});
