// ---- pictures; in a single file they stand in the page itself
const embedded = JSON.parse(document.getElementById("embedded")?.textContent ?? "{}");
const address = (path) => embedded[path] ?? path;
for (const img of all("img[data-src]")) img.src = address(img.dataset.src);

const SVG = "http://www.w3.org/2000/svg";
const drawn = (tag, attributes, text) => {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const outlines = (size, truth, cells) => {
  const svg = drawn("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" });
  for (const points of truth) svg.append(drawn("polygon", { class: "truth", points }));
  for (const cell of cells) {
    const polygon = drawn("polygon", { class: cell.alarm ? "alarm" : "calm", points: cell.points });
    polygon.append(drawn("title", {}, `${cell.name} ${cell.p}`));
    svg.append(polygon);
  }
  const font = Math.round(size[0] / 36);
  for (const cell of cells) {
    const look = { class: cell.alarm ? "alarm" : "calm", x: cell.x, y: Math.max(font, cell.y), "font-size": font, "data-name": cell.name };
    svg.append(drawn("text", look, cell.p));
  }
  return svg;
};
const layered = (words, version, heat, truth, cells) => {
  const box = made("button", { type: "button", className: "layers", ariaLabel: `${words}; enlarge` });
  box.dataset.zoom = ""; box.dataset.width = version.size[0];
  box.style.aspectRatio = `${version.size[0]} / ${version.size[1]}`;
  box.append(made("img", { src: address(version.picture), alt: "", className: heat ? "grey" : "" }));
  if (heat) box.append(made("img", { src: address(heat), alt: "" }));
  if (truth.length || cells.length) box.append(outlines(version.size, truth, cells));
  return box;
};

// ---- enlarged: the same layers at the field's own resolution
const zoom = made("dialog", { id: "zoom", ariaLabel: "Enlarged" });
document.body.append(zoom);
const enlarge = (box) => {
  const copy = made("div", { className: box.className }), close = made("button", { type: "button", textContent: "Close (Esc)" });
  copy.append(...[...box.children].map((child) => child.cloneNode(true)));
  copy.style.aspectRatio = box.style.aspectRatio;
  if (box.dataset.width) copy.style.width = `${box.dataset.width}px`;
  for (const text of all("text", copy)) {
    text.setAttribute("font-size", 14);
    text.textContent = `${text.dataset.name} ${text.textContent}`.trim();
  }
  close.addEventListener("click", () => zoom.close());
  const frame = made("div", { className: "zoomed", tabIndex: 0 }, copy);
  zoom.replaceChildren(made("p", {}, close, ` ${box.ariaLabel.replace("; enlarge", "")}`), frame);
  zoom.showModal();
};
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-zoom]");
  if (box) enlarge(box);
});

// ---- what stands in one pane of the field browser
const NOTHING = { heat: "No heat map here", cells: "It looks for no cells: the whole field goes in", seen: "Nothing went into a network" };
const strong = (text) => made("strong", { textContent: text });
const small = (text) => made("span", { textContent: text });
const muted = (text) => made("p", { className: "muted", textContent: text });
const pictureOf = (view, version, card, words) => {
  if (view === "cells" && card.cells) return layered(words, version, "", [], card.cells);
  if (view === "heat" && card.views.heat) return layered(words, version, card.views.heat, version.truth, []);
  if (view === "seen" && card.views.seen) {
    const box = made("button", { type: "button", className: "picture", ariaLabel: `${words}; enlarge` });
    box.dataset.zoom = "";
    box.append(made("img", { src: address(card.views.seen), alt: "" }));
    return box;
  }
  const none = made("p", { className: "nothing", textContent: NOTHING[view] });
  return made("div", { className: "bare" }, layered(words, version, "", [], []), none);
};
const meter = (card) => {
  const bar = made("div", { className: "meter", ariaLabel: `probability of ${card.of}: ${card.probability}` });
  const fill = made("span", { className: `fill ${card.state}` });
  bar.setAttribute("role", "img");
  fill.style.width = `${card.share}%`;
  bar.append(fill);
  if (card.threshold !== null) {
    const mark = made("span", { className: "mark", title: `threshold ${card.threshold.toFixed(2)}` });
    mark.style.left = `${100 * card.threshold}%`;
    bar.append(mark);
  }
  return bar;
};
const saying = (view, card) => [
  card.probability === null ? "" : `${card.of}: ${card.probability}` + (card.threshold === null ? "" : `; called from ${card.threshold.toFixed(2)} on`),
  card.n_cells === null ? "" : `${card.n_cells} cells`, card.reason,
  card.cold && view === "heat" ? `nothing in the map speaks for ${card.of}` : "",
].filter(Boolean).join("; ");
const called = (card) => made("span", {
  className: `call ${card.state}`,
  textContent: card.state === "abstained" ? "– abstained" : `${card.state === "right" ? "✓" : "✗"} called ${card.called}`,
});
const groundPane = (row, version) => made("figure", { className: "card" },
  made("figcaption", {}, strong(row.name), small(version.words)),
  made("div", { className: "view" }, layered(`${row.name}, ${version.words}`, version, "", [], [])),
  muted("Click a picture to enlarge it."));
const modelPane = (view, row, version, name, words) => {
  const card = version.cards.find((one) => one.pipeline === name);
  if (!card) return made("figure", { className: "card" }, made("figcaption", {}, strong(name)), made("p", { className: "nothing", textContent: "Not asked" }));
  return made("figure", { className: "card" },
    made("figcaption", {}, strong(name), small(words), called(card)),
    made("div", { className: "view" }, pictureOf(view, version, card, `${row.name}, ${version.words}: ${name}`)),
    ...(card.probability === null ? [] : [meter(card)]), muted(saying(view, card)));
};

// ---- decoded pictures of a row, so that the slider need not wait
const kept = new Map();
const keep = ({ view, models }, row) => {
  for (const version of row.versions) {
    const shown = version.cards.filter((card) => models.includes(card.pipeline));
    for (const path of [version.picture, ...shown.map((card) => card.views[view] ?? "")]) {
      if (!path || kept.has(path)) continue;
      const picture = made("img", { src: address(path) });
      kept.set(path, picture);
      picture.decode().catch(() => {});
    }
  }
};

// ---- the field browser: which field, which version, which view, which pipelines
const press = (buttons, chosen) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === chosen)));
const showSlider = (slider, output, { at }, versions) => {
  slider.parentElement.hidden = versions.length < 2;
  slider.max = versions.length - 1; slider.value = at;
  output.value = versions[at].at;
  slider.setAttribute("aria-valuetext", versions[at].words);
};
const browse = (data, home) => {
  const panes = home.querySelector(".panes"), heading = home.querySelector("#browsed");
  const slider = home.querySelector("input[type=range]"), output = home.querySelector("output");
  const pickers = all("[data-row]", home), viewers = all("[data-view]", home), sides = all("select", home);
  const state = { row: data.row ?? 0, at: data.at, view: "heat", models: data.first.length > 1 ? data.first : data.models.slice(0, 2) };
  const draw = () => {
    const row = data.rows[state.row], versions = row.versions, models = [...new Set(state.models)];
    state.at = Math.min(state.at, versions.length - 1);
    heading.replaceChildren(row.said ?? row.name, " ", made("small", { textContent: row.said ? row.note : `true label: ${row.note}` }));
    if (slider) showSlider(slider, output, state, versions);
    panes.replaceChildren(...(data.layout === "models"
      ? [groundPane(row, versions[state.at]), ...models.map((name) => modelPane(state.view, row, versions[state.at], name, ""))]
      : models.flatMap((name) => versions.map((version) => modelPane(state.view, row, version, name, version.words)))));
    panes.dataset.shown = `${state.row}/${versions[state.at].at}/${state.view}/${models.join("+")}`;
    press(pickers, pickers[state.row]);
    press(viewers, viewers.find((b) => b.dataset.view === state.view));
    sides.forEach((side, i) => { side.value = state.models[i]; });
  };
  const change = (changes) => { Object.assign(state, changes); draw(); keep(state, data.rows[state.row]); };
  pickers.forEach((b) => b.addEventListener("click", () => change({ row: Number(b.dataset.row) })));
  viewers.forEach((b) => b.addEventListener("click", () => change({ view: b.dataset.view })));
  sides.forEach((side, i) => side.addEventListener("change", () => change({ models: state.models.map((m, k) => (k === i ? side.value : m)) })));
  slider?.addEventListener("input", () => change({ at: Number(slider.value) }));
  draw();
  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) { near.disconnect(); keep(state, data.rows[state.row]); }
  }, { rootMargin: "400px" });
  near.observe(home);
};
const browserData = JSON.parse(document.getElementById("browser-data")?.textContent ?? "null");
if (browserData) browse(browserData, document.getElementById("browser"));

// ---- the field of the first screen opens in its middle
for (const frame of all(".frame")) {
  const centre = () => frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, (frame.scrollHeight - frame.clientHeight) / 2);
  frame.firstElementChild.addEventListener("load", centre);
  centre();
}
