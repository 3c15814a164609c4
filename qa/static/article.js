// Runs once, in Gradio's gr.HTML: `element`, `props` and `watch` are its own.
const narrow = window.matchMedia("(max-width: 1023px)");
let opener = null;

const isOpen = () => element.querySelector(".pq-article") !== null;

const tell = (what) => document.dispatchEvent(new CustomEvent(what, { detail: close }));

// On a narrow screen the article covers the conversation, which must then be out of the keyboard's reach too.
const settle = () => {
  const conversation = document.querySelector(".pq-main");
  if (conversation) conversation.inert = isOpen() && narrow.matches;
};

const close = () => {
  if (!isOpen()) return;
  props.value = "";
  tell("pq-uncovers");
  requestAnimationFrame(() => {
    settle();
    if (opener?.isConnected) opener.focus();
  });
};

// Where the focus was last, which is not where it is: what the article covers cannot keep it.
document.addEventListener("focusin", ({ target }) => {
  if (!element.contains(target)) opener = target;
});

watch("value", () => {
  const headline = element.querySelector("#pq-headline");
  if (!headline) return tell("pq-uncovers");
  tell("pq-covers");
  for (const details of element.querySelectorAll("details")) details.open = false;
  settle();
  headline.focus({ preventScroll: true });
  const panel = element.closest(".pq-panel");
  const mark = element.querySelector("#quote");
  // Only the panel is scrolled: scrollIntoView would move the conversation beside it as well.
  const above = mark ? mark.getBoundingClientRect().top - panel.getBoundingClientRect().top : 0;
  panel.scrollTop = mark ? panel.scrollTop + above - panel.clientHeight / 3 : 0;
});

document.addEventListener("click", (event) => {
  const beside = narrow.matches && isOpen() && !event.target.closest(".pq-panel, .pq-drawer");
  if (event.target.closest("[data-close]") || beside) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
narrow.addEventListener("change", settle);
