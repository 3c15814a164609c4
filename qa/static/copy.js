// Copies what `data-copy` holds, or the address that `data-copy-link` names; on the chat page and on a permalink's.
(() => {
  const SHOWN_MS = 2000;
  document.documentElement.classList.add("pq-scripted");

  const heard = document.createElement("p");
  heard.className = "pq-heard";
  heard.setAttribute("role", "status");
  document.body.append(heard);

  // Over plain HTTP browsers keep their clipboard to this machine's own address; the old command works there still.
  const copyByHand = (text) => {
    const before = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "pq-heard";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus({ preventScroll: true });
    return done;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyByHand(text);
    }
  };

  const tell = (button, done) => {
    const words = done ? "Copied" : "Not copied: this browser does not allow it";
    heard.textContent = "";
    requestAnimationFrame(() => (heard.textContent = words));
    button.dataset.told = done ? "Copied" : "Not copied";
    setTimeout(() => delete button.dataset.told, SHOWN_MS);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-link]");
    if (!button) return;
    const link = button.dataset.copyLink;
    const text = link === undefined ? button.dataset.copy : new URL(link, window.location.origin).href;
    tell(button, await copy(text));
  });
})();
