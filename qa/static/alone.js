// On a permalink's page: the quotation in the middle of the window, where the browser left it at an edge.
if (!window.location.hash) document.getElementById("quote")?.scrollIntoView({ block: "center" });
