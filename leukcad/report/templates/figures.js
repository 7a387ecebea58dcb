const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const told = JSON.parse(document.getElementById("plots").textContent);
root.classList.add("js");

// ---- figures
const hiddenNames = new Set();
const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const faded = (hex, alpha) => `rgba(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")},${alpha})`;
const look = (i) => {
  const colours = root.dataset.theme === "dark" ? told.dark : told.light;
  const dash = (i + Math.floor(i / colours.length)) % told.dashes.length;
  return { colour: colours[i % colours.length], dash: told.dashes[dash], mark: told.marks[i % told.marks.length] };
};
const layout = (extra) => ({
  margin: { l: 48, r: 12, t: 30, b: 42 }, modebar: { bgcolor: "rgba(0,0,0,0)", color: css("--soft"), activecolor: css("--accent") }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
  font: { color: css("--ink"), family: "system-ui, sans-serif", size: 12 }, hovermode: "closest",
  hoverlabel: { bgcolor: css("--paper"), bordercolor: css("--line"), font: { color: css("--ink") }, align: "left" }, ...extra,
});
const axis = (extra) => ({ gridcolor: css("--line"), zeroline: false, linecolor: css("--soft"), ...extra });
const config = (name) => ({
  responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",  // nothing leaves this page
  modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
  toImageButtonOptions: { format: "svg", filename: fileName(name) },
});

// ---- what can be taken along
const fileName = (title) => title.replace(/[^\w-]+/g, "_");
const harmless = (value) => {  // a spreadsheet takes a text that begins so for a formula
  const text = String(value ?? "");
  const safe = /^\s*[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};
const csvOf = (panel) => {
  const columns = ["x", "value", "low", "high", "n"].filter((key) => panel.lines.some((line) => line[key]));
  const rows = panel.lines.flatMap((line) => line.x.map((_, k) => [line.name, ...columns.map((key) => line[key]?.[k])]));
  return [["line", ...columns], ...rows].map((row) => row.map(harmless).join(",")).join("\r\n") + "\r\n";
};
const download = (name, text) => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  made("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};

const curveTraces = (panel) => panel.lines.flatMap((line, i) => {
  if (hiddenNames.has(line.name) || !line.x.length) return [];
  const { colour, dash, mark } = look(i);
  const band = {
    x: [...line.x, ...[...line.x].reverse()], y: [...line.high, ...[...line.low].reverse()], type: "scatter", mode: "lines",
    fill: "toself", fillcolor: faded(colour, panel.lines.length > 4 ? 0.07 : 0.16), line: { width: 0 }, hoverinfo: "skip",
  };
  const text = line.x.map((x, k) =>
    `<b>${escaped(line.name)}</b><br>${panel.axis ? `${escaped(panel.axis)}: ${x}` : `${x} added`}: ${percent(line.value[k])}<br>95 %: ${percent(line.low[k])} to ${percent(line.high[k])}<br>n = ${line.n[k]}`);
  return [band, {
    x: line.x, y: line.value, text, type: "scatter", mode: "lines+markers", hovertemplate: "%{text}<extra></extra>",
    line: { color: colour, dash, width: 2.5 }, marker: { color: colour, symbol: mark, size: 8 },
  }];
});
const drawCurve = (panel, at) => window.Plotly.react(at, curveTraces(panel), layout({
  xaxis: axis({ title: { text: panel.axis ? escaped(panel.axis) : "healthy white cells added" }, tickvals: panel.ticks }),
  yaxis: axis({ range: [-0.03, 1.03], tickformat: ".0%", dtick: 0.25 }),
}), config(panel.metric));
const drawHistory = (panel, at) => window.Plotly.react(at, panel.lines.map((line, i) => {
  const { colour, dash } = look(i);
  return {
    x: line.x, y: line.value, type: "scatter", mode: "lines+markers", line: { color: colour, dash, width: 2 }, marker: { size: 5 },
    text: line.value.map((v, k) => `${escaped(line.name)}, epoch ${line.x[k]}: ${v.toPrecision(3)}`), hovertemplate: "%{text}<extra></extra>",
    name: escaped(line.name),
  };
}), layout({
  xaxis: axis({ title: { text: "epoch" } }), yaxis: axis({ rangemode: "tozero" }), showlegend: true,
  legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, bgcolor: "rgba(0,0,0,0)" },
}), config(panel.title));

const drawCalibration = (panel, at) => window.Plotly.react(at, [
  { x: [0, 1], y: [0, 1], type: "scatter", mode: "lines", hoverinfo: "skip", line: { color: css("--soft"), dash: "dot", width: 1 }, showlegend: false },
  ...panel.lines.filter((line) => line.x.length).map((line, i) => {
    const { colour, dash, mark } = look(i);
    return {
      x: line.x, y: line.value, type: "scatter", mode: "lines+markers", line: { color: colour, dash, width: 2 }, marker: { color: colour, symbol: mark, size: 7 },
      error_y: { type: "data", symmetric: false, array: line.high.map((v, k) => v - line.value[k]), arrayminus: line.low.map((v, k) => line.value[k] - v), color: faded(colour, 0.5), thickness: 1, width: 3 },
      text: line.x.map((x, k) => `${escaped(line.name)}<br>told ${percent(x)}, came ${percent(line.value[k])}<br>n = ${line.n[k]}`), hovertemplate: "%{text}<extra></extra>",
      name: escaped(line.name),
    };
  }),
], layout({
  xaxis: axis({ title: { text: "probability told" }, range: [-0.03, 1.03], tickformat: ".0%" }), yaxis: axis({ range: [-0.03, 1.03], tickformat: ".0%" }),
  showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, bgcolor: "rgba(0,0,0,0)" },
}), config(`calibration ${panel.title}`));

const frames = [];
const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const addPanels = (panels, into, draw) => {
  for (const panel of panels) {
    const plot = made("div", { className: "plot" });
    const svg = made("button", { type: "button", textContent: "SVG", title: `${panel.title} as a vector picture` });
    const table = made("button", { type: "button", textContent: "CSV", title: `the figures of ${panel.title}` });
    svg.addEventListener("click", () => window.Plotly?.downloadImage(plot, { format: "svg", width: 800, height: 500, filename: fileName(panel.title) }));
    table.addEventListener("click", () => download(`${fileName(panel.title)}.csv`, csvOf(panel)));
    into.append(made("div", { className: "panel" }, made("div", { className: "head" }, made("h3", { textContent: panel.title }), svg, table), plot));
    frames.push(() => { if (plot.offsetParent) draw(panel, plot); });
  }
};
const drawAll = () => {
  if (window.Plotly) {
    frames.forEach((draw) => draw());
    root.dataset.figures = "drawn";
  }
  drawLegend();
};
// the page is there at once, its figures as soon as somebody comes near them, or when there is time
let asked = false;
const fetchPlotly = () => {
  if (asked || !frames.length) return;
  asked = true;
  const inside = document.getElementById("plotly-code");  // in a single file
  const script = made("script", inside ? { textContent: inside.textContent } : { src: told.plotly, onload: drawAll });
  document.head.append(script);
  if (inside) drawAll();
};
const comesNear = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) fetchPlotly();
}, { rootMargin: "300px" });
all(".panels").forEach((panels) => comesNear.observe(panels));
window.addEventListener("load", () => window.setTimeout(fetchPlotly, 600));

const legend = document.getElementById("legend");
const drawnLines = told.curves.length ? told.curves : told.perturbed;
const names = drawnLines.length ? drawnLines[0].lines.map((line) => line.name) : [];
const strokes = { solid: "", dash: "9,5", dot: "3,4", dashdot: "9,4,2,4", longdash: "14,5" };
const drawLegend = () => names.forEach((name, i) => {
  const { colour, dash } = look(i), stroke = legend.children[i].querySelector("line");
  stroke.setAttribute("stroke", colour); stroke.setAttribute("stroke-dasharray", strokes[dash]);
  legend.children[i].setAttribute("aria-pressed", String(!hiddenNames.has(name)));
});
for (const name of names) {
  const entry = document.createElement("button"), svg = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(svg, "svg"), stroke = document.createElementNS(svg, "line");
  entry.type = "button"; entry.title = "Show or hide";
  for (const [key, value] of Object.entries({ width: 34, height: 10, "aria-hidden": "true" })) picture.setAttribute(key, value);
  for (const [key, value] of Object.entries({ x1: 0, x2: 34, y1: 5, y2: 5, "stroke-width": 3 })) stroke.setAttribute(key, value);
  picture.append(stroke); entry.append(picture, document.createTextNode(name)); legend.append(entry);
  entry.addEventListener("click", () => {
    if (!hiddenNames.delete(name)) hiddenNames.add(name);
    drawAll();
  });
}
if (told.curves.length) addPanels(told.curves, document.getElementById("panels"), drawCurve);
if (told.perturbed.length) addPanels(told.perturbed, document.getElementById("errors-of-detection"), drawCurve);
if (told.histories.length) {
  addPanels(told.histories, document.getElementById("histories"), drawHistory);
  document.getElementById("learning").addEventListener("toggle", drawAll);
}
if (told.calibration.length) {
  addPanels(told.calibration, document.getElementById("calibrations"), drawCalibration);
  document.getElementById("calibrated").addEventListener("toggle", drawAll);
}
