// Runs once, after confirming.js, in Gradio's gr.HTML: `element`, `props`, `trigger` and `watch` are its own.
// Conversations live in this browser's localStorage, each under a key of its own, so that two tabs never overwrite
// one another; the server sends what to keep as `props.value` and remembers nothing of it.
const PREFIX = "pullquote.conversation.";
const CURRENT = "pullquote.current"; // of this tab
const MOST = 100; // conversations
const past = element.querySelector(".pq-past");
const said = element.querySelector("[data-said]");
let current = null; // { id, version } of the conversation on the page
let verdicts = {};
let listed = ""; // the conversations in the list, as they are there

const quietly = (work, otherwise = null) => {
  try {
    return work();
  } catch {
    return otherwise; // a browser that keeps nothing, or something in it that is none of ours
  }
};

const read = (id) =>
  quietly(() => {
    const record = JSON.parse(localStorage.getItem(PREFIX + id));
    const sound = record && Array.isArray(record.turns) && record.turns.length && typeof record.title === "string";
    return sound ? { ...record, id, at: Math.min(Math.abs(Number(record.at)) || 0, 8e15) } : null;
  });

const all = () =>
  quietly(() => Object.keys(localStorage), [])
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => read(key.slice(PREFIX.length)))
    .filter(Boolean)
    .sort((a, b) => b.at - a.at);

const forget = (id) => quietly(() => localStorage.removeItem(PREFIX + id));

const write = (record) => {
  const text = JSON.stringify(record);
  const others = all().filter(({ id }) => id !== record.id);
  for (const old of others.splice(MOST - 1)) forget(old.id);
  for (;;) {
    const done = quietly(() => (localStorage.setItem(PREFIX + record.id, text), true), false);
    if (done || !others.length) return done;
    forget(others.pop().id); // no room: the oldest goes
  }
};

const chance = () => [...crypto.getRandomValues(new Uint8Array(8))].map((n) => n.toString(16).padStart(2, "0")).join("");

const keep = (turns) => {
  const before = current && read(current.id);
  // Gone on with in another tab, or deleted there: what is said here is then a conversation of its own.
  const id = before && before.version === current.version ? current.id : chance();
  const keys = turns.map(({ key }) => key);
  verdicts = Object.fromEntries(Object.entries(verdicts).filter(([key]) => keys.includes(key)));
  const record = { id, version: chance(), at: Date.now(), title: String(turns[0].question), turns, verdicts };
  const done = write(record);
  point(done ? record : null);
  said.textContent = done ? "" : "This browser keeps nothing: the conversation is gone with the page.";
};

const point = (record) => {
  current = record && { id: record.id, version: record.version };
  quietly(() => (current ? sessionStorage.setItem(CURRENT, current.id) : sessionStorage.removeItem(CURRENT)));
  list();
};

// the list

const button = (label, name, data) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = label;
  Object.assign(made.dataset, data);
  return made;
};

const row = (record) => {
  const item = document.createElement("li");
  const text = document.createElement("div");
  const when = document.createElement("p");
  const open = button(record.title, "pq-open", { reopen: record.id });
  const save = button("Save", "pq-plain", { saveOne: record.id });
  const drop = button("Delete", "pq-plain", { forget: record.id });
  open.dir = "auto";
  when.className = "pq-small";
  const questions = `${record.turns.length} ${record.turns.length === 1 ? "question" : "questions"}`;
  when.textContent = `${new Date(record.at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })} · ${questions}`;
  save.setAttribute("aria-label", `Save “${record.title}” as Markdown`);
  drop.setAttribute("aria-label", `Delete “${record.title}”`);
  text.append(open, when);
  item.append(text, save, drop);
  return item;
};

const list = () => {
  const records = all();
  const now = JSON.stringify(records.map(({ id, version }) => [id, version]));
  // Only what is new is drawn: a button keeps its focus, and one that is being pressed is not taken away.
  if (now !== listed) past.replaceChildren(...records.map(row));
  listed = now;
  for (const open of past.querySelectorAll("[data-reopen]")) {
    if (open.dataset.reopen === current?.id) open.setAttribute("aria-current", "true");
    else open.removeAttribute("aria-current");
  }
  element.querySelector("[data-empty]").hidden = records.length > 0;
  element.querySelector("[data-forget-all]").disabled = !records.length;
  element.querySelector("[data-save]").disabled = !current;
};

// what is asked of it

const waiting = () => document.querySelector(".pq-pending");

const reopen = (id) => {
  const record = read(id);
  if (!record) return list();
  // The answer that is still to come belongs to the page as it is now: a new one begins, with its question in the box.
  if (waiting()) {
    quietly(() => sessionStorage.setItem(CURRENT, id));
    return location.reload();
  }
  trigger("select", { id, turns: record.turns });
};

const anew = () => {
  quietly(() => sessionStorage.removeItem(CURRENT));
  if (waiting()) return location.reload(); // as above
  verdicts = {};
  point(null);
  trigger("clear");
};

const save = (id) => {
  const record = read(id);
  if (record) trigger("download", { turns: record.turns });
};

// What is forgotten is gone from the page too, or the next question would bring all of it back.
const forgotten = (shown, number) => {
  if (shown) anew();
  list();
  const rows = past.querySelectorAll("[data-forget]");
  (rows[Math.min(number, rows.length - 1)] ?? document.getElementById("pq-tab-history")).focus();
};

const drop = async (id) => {
  const record = read(id);
  if (!record || !(await confirmed("Delete this conversation?", `“${record.title}” is forgotten by this browser.`, "Delete"))) return;
  const number = [...past.querySelectorAll("[data-forget]")].findIndex(({ dataset }) => dataset.forget === id);
  forget(id);
  forgotten(current?.id === id, number);
};

const dropAll = async () => {
  const count = all().length;
  const text = count === 1 ? "One conversation is forgotten by this browser." : `${count} conversations are forgotten by this browser.`;
  if (!(await confirmed("Clear the history?", text, "Clear all"))) return;
  for (const { id } of all()) forget(id);
  forgotten(current !== null, 0);
};

element.addEventListener("click", (event) => {
  const { dataset } = event.target.closest("button") ?? { dataset: {} };
  if (dataset.reopen) reopen(dataset.reopen);
  else if (dataset.saveOne) save(dataset.saveOne);
  else if (dataset.save !== undefined) save(current?.id);
  else if (dataset.forget) drop(dataset.forget);
  else if (dataset.forgetAll !== undefined) dropAll();
});

// verdicts

const mark = () => {
  for (const group of document.querySelectorAll(".pq-verdicts")) {
    for (const thumb of group.querySelectorAll("[data-verdict]")) {
      const pressed = String(verdicts[group.dataset.turn] === thumb.dataset.verdict);
      if (thumb.getAttribute("aria-pressed") !== pressed) thumb.setAttribute("aria-pressed", pressed);
    }
  }
};

const judge = (thumb) => {
  const { turn } = thumb.closest("[data-turn]").dataset;
  const verdict = verdicts[turn] === thumb.dataset.verdict ? "none" : thumb.dataset.verdict;
  if (verdict === "none") delete verdicts[turn];
  else verdicts[turn] = verdict;
  trigger("like", { turn, verdict });
  const record = current && read(current.id);
  if (record && record.version === current.version) write({ ...record, verdicts });
  mark();
};

document.addEventListener("click", (event) => {
  const thumb = event.target.closest("[data-verdict]");
  if (thumb) judge(thumb);
  else if (event.target.closest("[data-anew]")) {
    anew();
    document.querySelector("#pq-box textarea, #pq-box input")?.focus();
  }
});
// Gradio writes the conversation anew with each answer, and knows of no verdict.
new MutationObserver(mark).observe(document.querySelector(".pq-main"), {
  subtree: true,
  childList: true,
  attributeFilter: ["aria-pressed", "data-turn"],
});

watch("value", () => {
  const told = quietly(() => JSON.parse(props.value));
  if (!told?.turns) return;
  const record = told.of && read(told.of);
  if (record) {
    verdicts = { ...record.verdicts };
    point(record);
    mark();
  } else keep(told.turns);
});
window.addEventListener("storage", (event) => {
  if (event.key === null || event.key.startsWith(PREFIX)) list();
});
list();

const again = quietly(() => sessionStorage.getItem(CURRENT));
if (again) setTimeout(() => reopen(again), 0);
