// Runs once, in Gradio's gr.HTML: `element`, `trigger` and `watch` are its own.
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const unfolded = new Set(); // the details that someone has opened, by turn and place
let last = null; // the key of the newest turn

const fill = (words) => {
  const box = document.querySelector("#pq-box textarea, #pq-box input");
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
  box.setSelectionRange(words.length, words.length);
};

const nameOf = (details) => {
  const turn = details.closest(".pq-turn");
  return `${turn.dataset.key} ${[...turn.querySelectorAll("details")].indexOf(details)}`;
};

const open = (cited) => {
  // A reader who is marking words in a quote is not asking for its article.
  if (cited.tagName !== "BUTTON" && String(window.getSelection())) return;
  const control = cited.tagName === "BUTTON" ? cited : cited.closest("li").querySelector("button");
  control.focus({ preventScroll: true });
  trigger("select", { ...cited.dataset });
};

element.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-fill], [data-again], [data-article]");
  if (!wanted) return;
  if (wanted.dataset.fill !== undefined) fill(wanted.dataset.fill);
  else if (wanted.dataset.again) document.dispatchEvent(new CustomEvent("pq-again", { detail: wanted.dataset.again }));
  else open(wanted);
});

element.addEventListener(
  "toggle",
  (event) => {
    if (event.target.open) unfolded.add(nameOf(event.target));
    else unfolded.delete(nameOf(event.target));
  },
  true,
);

// Right below the strip, which has two lines where a phone is narrow.
const toTop = (turn) => {
  turn.style.scrollMarginTop = `${document.querySelector(".pq-strip").offsetHeight}px`;
  turn.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
};

const line = (name, kind, words) => {
  const made = document.createElement(name);
  made.className = kind;
  made.dir = "auto";
  made.textContent = words;
  return made;
};

// The server may be far away: until it shows the question, this does. Gradio writes the server's turn over it.
document.addEventListener("pq-on-its-way", ({ detail: question }) => {
  const turn = document.createElement("section");
  turn.className = "pq-turn";
  turn.dataset.onItsWay = "";
  turn.append(line("h2", "pq-question", question), line("p", "pq-pending", "Sending the question…"));
  element.querySelector(".pq-log").append(turn);
  toTop(turn);
});

watch("value", () => {
  // What was unfolded is folded up again whenever the conversation is written anew.
  for (const details of element.querySelectorAll("details")) details.open = unfolded.has(nameOf(details));
  const turn = element.querySelector(".pq-turn:last-child");
  if (turn && turn.dataset.key !== last) toTop(turn);
  last = turn?.dataset.key ?? null;
});
