// Runs once, in Gradio's gr.HTML: `element`, `props` and `watch` are its own. What is chosen is `props.value`, as JSON.
const chosen = { source: [], published_after: "", published_before: "" };
let open = false;

const find = (what) => element.querySelector(what);
const day = (iso) =>
  new Date(`${iso}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

const chip = (label, remove) => {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const cross = document.createElement("span");
  button.type = "button";
  button.dir = "auto";
  button.setAttribute("aria-label", `Remove the filter ${label}`);
  cross.textContent = "×";
  cross.ariaHidden = "true";
  button.append(label, cross);
  button.addEventListener("click", () => {
    remove();
    apply();
    (find(".pq-chips button") ?? find(".pq-unfold")).focus();
  });
  item.append(button);
  return item;
};

const apply = () => {
  const { source, published_after, published_before } = chosen;
  const given = Object.entries({ published_after, published_before }).filter(([, value]) => value);
  const all = Object.fromEntries(source.length ? [["source", source], ...given] : given);
  props.value = Object.keys(all).length ? JSON.stringify(all) : "";
  show();
};

const show = () => {
  const chips = chosen.source.map((name) => chip(name, () => { chosen.source = chosen.source.filter((o) => o !== name); }));
  if (chosen.published_after) chips.push(chip(`From ${day(chosen.published_after)}`, () => { chosen.published_after = ""; }));
  if (chosen.published_before) chips.push(chip(`Until ${day(chosen.published_before)}`, () => { chosen.published_before = ""; }));
  find(".pq-chips").replaceChildren(...chips);
  find(".pq-chips").hidden = !chips.length;
  find(".pq-filter").hidden = !open;
  find(".pq-unfold").setAttribute("aria-expanded", String(open));
  for (const box of element.querySelectorAll("[type=checkbox]")) box.checked = chosen.source.includes(box.value);
  for (const input of element.querySelectorAll("[data-date]")) input.value = chosen[input.dataset.date];
  sift();
};

const sift = () => {
  const box = find("[data-find]");
  if (!box) return;
  const words = box.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...element.querySelectorAll(".pq-outlet-list li")];
  for (const row of rows) {
    const name = row.querySelector("input").value.toLocaleLowerCase();
    row.hidden = !words.every((word) => name.includes(word));
  }
  find("[data-none]").hidden = rows.some((row) => !row.hidden);
};

const unfold = (on) => {
  open = on;
  show();
  (on ? find("[data-find], [type=checkbox], [data-date]") : find(".pq-unfold")).focus();
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches(".pq-unfold")) unfold(!open);
  else if (button?.matches("[data-fold]")) unfold(false);
  else if (button?.matches("[data-clear]")) {
    Object.assign(chosen, { source: [], published_after: "", published_before: "" });
    apply();
  }
});
element.addEventListener("input", (event) => {
  if (event.target.matches("[data-find]")) sift();
});
element.addEventListener("change", (event) => {
  const { target } = event;
  if (target.type === "checkbox") {
    chosen.source = chosen.source.filter((name) => name !== target.value);
    if (target.checked) chosen.source.push(target.value);
  } else if (target.dataset.date) chosen[target.dataset.date] = target.value;
  else return;
  apply();
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.stopPropagation();
  unfold(false);
});

watch("markup", show); // the library has changed, and with it the outlets to choose from
show();
