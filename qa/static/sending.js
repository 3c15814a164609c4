// In front of a pane's own script, in Gradio's gr.HTML: `element` is its own. Files are chosen or dropped, and sent.
const zone = element.querySelector("[data-drop]");
// What was told of the files before these is out of date.
const newsBegins = () => document.dispatchEvent(new CustomEvent("pq-news", { detail: element }));
const unreachable = async () => {
  try {
    await fetch("pq/icon.svg", { method: "HEAD", cache: "no-store" });
    return "could not be sent; give a folder as a zip";
  } catch {
    return "could not be sent: the server cannot be reached";
  }
};
const sendFile = (file, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `desk/files?for=${zone.dataset.drop}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onerror = async () => reject(new Error(await unreachable()));
    request.onload = () => {
      const { response, status } = request;
      if (status === 200 && response) resolve(response.file);
      else reject(new Error(response?.detail || "was not taken; try again"));
    };
    request.send(file);
  });

const refusal = (file) => {
  const most = Number(zone.dataset.limit);
  if (file.size > most) return `is larger than ${Math.floor(most / 1048576)} MB; split it`;
  return file.size === 0 ? "is empty" : null;
};

// What is being sent is told where the person is looking, and what was not: where nothing was, nobody else will tell it.
const sendAll = async (files, into) => {
  newsBegins();
  const sending = document.createElement("p");
  const bar = document.createElement("progress");
  sending.className = "pq-progress-label";
  bar.setAttribute("aria-label", "Sending the files");
  bar.max = files.reduce((sum, file) => sum + file.size, 0) || 1;
  into.replaceChildren(sending, bar);
  const tokens = [];
  const refused = [];
  let before = 0;
  for (const [number, file] of files.entries()) {
    sending.textContent = files.length > 1 ? `Sending ${number + 1} of ${files.length}` : `Sending ${file.name}`;
    const why = refusal(file);
    try {
      if (why) throw new Error(why);
      tokens.push(await sendFile(file, (done) => { bar.value = before + Math.min(done, file.size); }));
    } catch (error) {
      refused.push([file.name, error.message]);
    }
    before += file.size;
    bar.value = before;
  }
  if (tokens.length) into.replaceChildren();
  else into.replaceChildren(...refused.map(([name, why]) => {
    const line = document.createElement("p");
    const bold = document.createElement("b");
    line.className = "pq-small";
    bold.textContent = name;
    line.append(bold, ` ${why}.`);
    return line;
  }));
  return { tokens, refused };
};

const onFiles = (take) => {
  if (!zone) return;
  const input = zone.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  const over = (event, on) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("pq-over", on);
  };
  zone.addEventListener("dragenter", (event) => over(event, true));
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, zone.contains(event.relatedTarget)));
  zone.addEventListener("drop", (event) => {
    over(event, false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) take(files);
  });
};
