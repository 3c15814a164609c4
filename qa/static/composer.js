// Runs once, in Gradio's gr.HTML, that of the note below the question box: `element` and `props` are its own.
// What is typed is kept in this tab's sessionStorage, so that neither a reload nor a lost server takes it away.
const DRAFT = "pullquote.draft";
const SENT = "pullquote.sent";
const DAY = "pullquote.day";
const nothing = props.value;
const composer = element.closest(".pq-composer");
const box = () => composer.querySelector("#pq-box textarea, #pq-box input");
const day = () => composer.querySelector("#pq-day textarea, #pq-day input");
let sent = ""; // the question that no answer has come to yet
let chosen = null; // what is being asked, where that is not what stands in the box
let typed = true; // whether what was sent stood in the box
let putting = false;

const kept = (key) => {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
};
const keep = (key, words) => {
  try {
    if (words) sessionStorage.setItem(key, words);
    else sessionStorage.removeItem(key);
  } catch {
    // likewise
  }
};

const put = (field, words) => {
  putting = true;
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  putting = false;
};
const underWay = (question) => {
  sent = question;
  keep(SENT, question);
};
// With what was typed after it: neither is lost.
const putBack = () => {
  if (!sent) return;
  const words = [sent, box().value].filter((text) => text.trim()).join("\n");
  if (words !== box().value) put(box(), words);
};

composer.addEventListener("input", ({ target }) => {
  if (target === box()) keep(DRAFT, target.value);
  if (target === day()) keep(DAY, target.value);
  if (!putting && props.value !== nothing) props.value = nothing; // it was said of what stood there before
});

// An impatient second Enter asks nothing, and is no mistake.
const impatient = (event) => {
  const { type, target, key, shiftKey } = event;
  const asks = type === "click" ? target.closest("#pq-send") : target === box() && key === "Enter" && !shiftKey;
  if (!asks || box().value.trim() || !document.querySelector(".pq-pending")) return;
  event.preventDefault();
  event.stopPropagation();
};
composer.addEventListener("keydown", impatient, true);
composer.addEventListener("click", impatient, true);

document.addEventListener("pq-chosen", ({ detail }) => {
  chosen = detail;
  setTimeout(() => { chosen = null; }, 0); // Gradio may have passed it over
});
// Gradio sends it in this moment, and what stood in the box is already among what it sends.
document.addEventListener("pq-sent", ({ detail }) => {
  const question = (chosen ? chosen.question : detail)?.trim();
  if (!question) return;
  underWay(question);
  typed = !chosen;
  if (typed) put(box(), "");
  if (props.value !== nothing) props.value = nothing; // what it says from now on is said of this question
  document.dispatchEvent(new CustomEvent("pq-on-its-way", { detail: question }));
});
document.addEventListener("pq-settled", () => {
  // A refusal may come without a word, and another event may have written the conversation anew meanwhile.
  const shown = document.querySelector("[data-on-its-way]");
  if (typed && (shown || props.value !== nothing)) putBack();
  shown?.remove();
  underWay("");
});
// Whoever signs in next in this tab is somebody else.
document.addEventListener("click", ({ target }) => {
  if (target.closest?.(".pq-leave")) sessionStorage.clear();
});

// As high as it is, so that what the keyboard reaches is not behind it.
const main = composer.closest(".pq-main");
new ResizeObserver(() => main.style.setProperty("--pq-composer", `${composer.offsetHeight}px`)).observe(composer);

// Gradio may show the note before the fields around it.
const takeUp = () => {
  if (!box() || !day()) return requestAnimationFrame(takeUp);
  if (!box().value) put(box(), kept(DRAFT));
  if (!day().value) put(day(), kept(DAY));
  sent = kept(SENT);
  putBack();
  underWay("");
};
takeUp();
