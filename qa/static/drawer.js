// Runs once, in Gradio's gr.HTML: `element` is its own. The drawer beside the conversation, its tabs and its panes.
const drawer = element.closest(".pq-drawer");
const desk = element.closest(".pq-desk");
const tabs = [...element.querySelectorAll("[role=tab]")];
const strip = () => [...document.querySelectorAll(".pq-strip [data-pane]")];
let opener = null;

for (const tab of tabs) {
  const pane = document.getElementById(`pq-pane-${tab.dataset.pane}`);
  pane.setAttribute("role", "tabpanel");
  pane.setAttribute("aria-labelledby", tab.id);
}
drawer.setAttribute("role", "region");
drawer.setAttribute("aria-label", "Desk");

const shown = () => desk.dataset.pqPane;

const show = (name) => {
  if (name) desk.dataset.pqPane = name;
  else delete desk.dataset.pqPane;
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab.dataset.pane === name));
    tab.tabIndex = tab.dataset.pane === name ? 0 : -1;
  }
  for (const button of strip()) button.setAttribute("aria-expanded", String(button.dataset.pane === name));
  if (name) drawer.scrollTop = 0;
  document.dispatchEvent(new CustomEvent(name ? "pq-covers" : "pq-uncovers", { detail: close }));
};

const close = () => {
  const name = shown();
  show(null);
  const back = opener?.isConnected ? opener : strip().find((button) => button.dataset.pane === name);
  back?.focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pane]");
  if (!button) return;
  if (button.closest(".pq-strip")) {
    opener = button;
    if (shown() === button.dataset.pane) return close();
    show(button.dataset.pane);
    tabs.find((tab) => tab.dataset.pane === shown()).focus({ preventScroll: true });
  } else show(button.dataset.pane);
});

element.addEventListener("click", (event) => {
  if (event.target.closest("[data-shut]")) close();
});

element.addEventListener("keydown", (event) => {
  const at = tabs.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const tab = tabs.at(to % tabs.length);
  show(tab.dataset.pane);
  tab.focus();
});

// While it comes down, so that what lies over the drawer (an article, a question, the filters) is closed first.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !shown()) return;
    const typed = event.target.matches?.("input[type=search]") && event.target.value;
    const above = document.querySelector("dialog[open], .pq-article") || event.target.closest?.(".pq-filters");
    if (!typed && !above) close();
  },
  true,
);

// A file that misses its mark must not take the browser away from the conversation.
for (const type of ["dragover", "drop"]) {
  window.addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
