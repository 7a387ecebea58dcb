// The review page: a gallery of cells, the most uncertain first; each word of a person is logged before the next.
"use strict";

const $ = (id) => document.getElementById(id);
const PART = 200; // cells in the gallery at once
let told = null, shown = [], at = 0, said = [];

const guarded = (work) => async (...given) => {
  try { await work(...given); } catch (error) { say(error.message, true); }
};
const percent = (share) => (share === null ? "–" : `${Math.round(1000 * share) / 10} %`);
const range = ({ low, high }) => `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
const changed = (cell) => cell.said && cell.said.class !== cell.called;

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function start() {
  told = await ask("GET", "/api/review");
  $("run").textContent = told.run;
  $("reviewer").textContent = told.reviewer;
  $("log").textContent = told.log;
  // a list, since an object would put groups called 7 and 12 before all others
  $("group").replaceChildren(...told.order.map((name) => new Option(name, name)));
  $("called").replaceChildren(new Option("anything", ""), ...told.choices.map((name) => new Option(name, name)));
  $("digits").replaceChildren(element("kbd", `1 … ${Math.min(told.choices.length, 9)}`));
  $("choices").replaceChildren(...told.choices.map((name, i) => {
    const button = element("button", i < 9 ? `${i + 1} ${name}` : name);
    button.addEventListener("click", guarded(() => decide("relabel", name)));
    return button;
  }));
  choose();
}

// Which cells are in the gallery; the chosen one stays chosen where it is among them.
function choose() {
  const kept = shown[at];
  const group = $("group").value, all = told.order.length > 1 && $("group").selectedIndex === 0;
  const which = { all: () => true, open: (c) => !c.said, said: (c) => c.said, changed }[$("which").value];
  const called = $("called").value, now = (cell) => (cell.said ? cell.said.class : cell.called);
  shown = told.cells.filter((c) => (all || c.group === group) && (!called || now(c) === called) && which(c));
  at = Math.max(shown.indexOf(kept), 0);
  gallery();
  counts();
}

function gallery() {
  const first = Math.floor(at / PART) * PART, part = shown.slice(first, first + PART);
  $("gallery").replaceChildren(...part.map((cell, i) => card(cell, first + i)));
  $("part").textContent = shown.length ? `${first + 1}–${first + part.length} of ${shown.length}` : "no cell";
  $("before").disabled = first === 0;
  $("after").disabled = first + PART >= shown.length;
  $("shown").textContent = `${shown.length} cells`;
  select(at, false);
}

function card(cell, place) {
  const item = element("div", undefined, "cell");
  item.id = `cell-${cell.index}`;
  item.setAttribute("role", "option");
  const image = new Image(112, 112);
  image.loading = "lazy";
  image.alt = "";
  image.src = `/api/cells/${cell.index}/close`;
  item.append(image, element("span"), element("span"));
  item.addEventListener("click", () => select(place));
  label(item, cell);
  return item;
}

function label(item, cell) {
  const [first, second] = item.querySelectorAll("span");
  first.textContent = `${cell.called} ${Math.round(100 * cell.probability)} %`;
  second.textContent = cell.said ? (changed(cell) ? `→ ${cell.said.class}` : "✓ accepted") : cell.border ? "on the border" : "\u00a0";
  second.className = cell.said ? `said${changed(cell) ? " changed" : ""}` : "";
  item.title = `${cell.group}, ${cell.field}`;
}

function select(to, scroll = true) {
  if (!shown.length) {
    $("about").textContent = "No cell to show.";
    $("around").removeAttribute("src");
    return;
  }
  const part = Math.floor(at / PART);
  at = Math.min(Math.max(to, 0), shown.length - 1);
  if (scroll && Math.floor(at / PART) !== part) return gallery();
  const cell = shown[at], item = $(`cell-${cell.index}`);
  for (const old of document.querySelectorAll("[aria-selected=true]")) old.setAttribute("aria-selected", false);
  item.setAttribute("aria-selected", true);
  $("gallery").setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
  $("around").src = `/api/cells/${cell.index}/around`;
  const now = cell.said ? `; ${cell.said.reviewer}, ${cell.said.time}: ${cell.said.class}` : "";
  $("about").textContent = `${cell.called} ${percent(cell.probability)}, ${cell.group}, ${cell.field}${cell.border ? ", on the border: not counted" : ""}${now}`;
}

function row(cells) {
  const made = element("tr");
  cells.forEach((text, i) => made.append(element(i ? "td" : "th", text, i && /^[–\d]/.test(text) && !text.includes("–", 1) ? "number" : "")));
  return made;
}

function counts() {
  const name = $("group").value, group = told.groups[name];
  $("title").textContent = `Differential: ${name}`;
  $("counts").textContent = `${group.wbc} WBC of ${told.goal}; unclassifiable ${group.unclassifiable}, smudge ${group.smudge}, on the border ${group.border}${group.blasts ? `; blasts ${percent(group.blasts.share)} (${range(group.blasts)})` : ""}`;
  $("differential").tBodies[0].replaceChildren(...Object.entries(group.differential).map(([cls, part]) => (
    row([cls, String(part.count), percent(part.share), range(part), percent(group.before[cls].share)]))));
  $("agreement").hidden = !group.manual;
  if (group.manual) {
    $("manual").tBodies[0].replaceChildren(...group.manual.map((one) => {
      const made = row([one.class, percent(one.share), percent(one.manual), range(one), one.within ? "within" : "OUTSIDE"]);
      made.lastChild.className = one.within ? "" : "outside";
      return made;
    }));
  }
  const all = told.groups[told.order[0]];
  $("bar").max = all.cells;
  $("bar").value = all.reviewed;
  $("far").textContent = `${all.reviewed} of ${all.cells} cells reviewed`;
}

// Say something of the chosen cell and go on to the next; the server logs it first.
async function decide(action, name) {
  const cell = shown[at];
  if (!cell) return;
  if (action !== "withdraw") { // at once: the next key is meant for the next cell
    said.push({ cell, before: cell.said });
    select(at + 1);
  }
  await send(cell, action, name);
  if (shown[at] === cell) select(at);
}

async function send(cell, action, name) {
  say("saving …");
  const answer = await inOrder(() => ask("POST", `/api/cells/${cell.index}`, { action, class: name }));
  Object.assign(cell, answer.cell);
  told.groups = answer.groups;
  const item = $(`cell-${cell.index}`);
  if (item) label(item, cell);
  counts();
  say("saved");
}

async function takeBack() {
  const last = said.pop();
  if (!last) return say("nothing was said in this window", true);
  const { cell, before } = last; // what somebody said before stands again
  if (before) await send(cell, "relabel", before.class); // as accepted, where the run calls it so
  else await send(cell, "withdraw");
  const place = shown.indexOf(cell);
  if (place >= 0) select(place);
}

function columns() {
  return getComputedStyle($("gallery")).gridTemplateColumns.split(" ").length;
}

for (const id of ["group", "called", "which"]) $(id).addEventListener("change", () => { choose(); $("gallery").focus(); });
$("before").addEventListener("click", () => select((Math.floor(at / PART) - 1) * PART));
$("after").addEventListener("click", () => select((Math.floor(at / PART) + 1) * PART));

addEventListener("keydown", guarded(async (event) => {
  if (typing(event) || !told || event.altKey || event.target.matches("button, summary") && event.key === "Enter") return;
  const undo = event.key === "z"; // with or without Ctrl
  if ((event.ctrlKey || event.metaKey) && !undo) return;
  const digit = /^[1-9]$/.test(event.key) ? told.choices[Number(event.key) - 1] : null;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
  if (event.key in steps) select(at + steps[event.key]);
  else if (event.key === "Enter") { event.preventDefault(); await decide("accept"); }
  else if (digit) await decide("relabel", digit);
  else if (event.key === "w") await decide("withdraw");
  else if (undo) await takeBack();
  else return;
  event.preventDefault();
}));

guarded(start)();
