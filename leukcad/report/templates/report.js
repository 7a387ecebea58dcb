// ---- light and dark
const system = window.matchMedia("(prefers-color-scheme: dark)");
const button = document.getElementById("theme");
const setTheme = (dark) => {
  root.dataset.theme = dark ? "dark" : "light";
  button.textContent = dark ? "Light" : "Dark";
  drawAll();
};
button.hidden = false;
button.addEventListener("click", () => setTheme(root.dataset.theme !== "dark"));
system.addEventListener("change", (event) => setTheme(event.matches));

setTheme(system.matches);

// ---- sorting
const keyOf = (row, column) => {
  const cell = row.cells[column], text = cell.dataset.sort ?? cell.textContent.trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};
const compared = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b
  : String(a).localeCompare(String(b), undefined, { numeric: true }));
for (const table of all("table.sortable")) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].sort((a, b) => compared(keyOf(a, column), keyOf(b, column)) * (down ? -1 : 1));
    table.tBodies[0].append(...rows);
  }));
}

// ---- paper: light, and with everything that is folded away laid open
let before = null;
window.addEventListener("beforeprint", () => {
  before = { dark: root.dataset.theme === "dark", closed: all("details:not([open])") };
  before.closed.forEach((d) => { d.open = true; });
  all("img[loading=lazy]").forEach((img) => { img.loading = "eager"; });
  setTheme(false);
});
window.addEventListener("afterprint", () => {
  before.closed.forEach((d) => { d.open = false; });
  setTheme(before.dark);
});
