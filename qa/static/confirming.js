// In front of a pane's own script, in Gradio's gr.HTML. Asks before something is thrown away.
const confirmed = (title, text, action) =>
  new Promise((resolve) => {
    const dialog = document.querySelector(".pq-confirm");
    dialog.querySelector("h2").textContent = title;
    dialog.querySelector("p").textContent = text;
    dialog.querySelector("[value=remove]").textContent = action;
    dialog.returnValue = "keep";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "remove"), { once: true });
    dialog.showModal();
  });
