// Runs once, in Gradio's gr.HTML: `element`, `props` and `watch` are its own.
const narrow = window.matchMedia("(max-width: 1023px)");
let opener = null;

// On a narrow screen the article covers the conversation, which must then be out of the keyboard's reach too.
const settle = () => {
  const open = element.querySelector(".pq-article") !== null;
  const conversation = document.querySelector(".pq-main");
  if (conversation) conversation.inert = open && narrow.matches;
};

const close = () => {
  if (!element.querySelector(".pq-article")) return;
  props.value = "";
  requestAnimationFrame(() => {
    settle();
    if (opener?.isConnected) opener.focus();
  });
};

watch("value", () => {
  const headline = element.querySelector("#pq-headline");
  if (!headline) return;
  if (!element.contains(document.activeElement)) opener = document.activeElement;
  settle();
  headline.focus({ preventScroll: true });
  const panel = element.closest(".pq-panel");
  const mark = element.querySelector("mark");
  // Only the panel is scrolled: scrollIntoView would move the conversation beside it as well.
  const above = mark ? mark.getBoundingClientRect().top - panel.getBoundingClientRect().top : 0;
  panel.scrollTop = mark ? panel.scrollTop + above - panel.clientHeight / 3 : 0;
});

element.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
narrow.addEventListener("change", settle);
