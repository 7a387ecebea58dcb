// The placement page: fields, their boxes, suggestions, preview; each change is saved before the next.
"use strict";

const $ = (id) => document.getElementById(id);
let overview = null, index = 0, field = null;
let boxes = []; // {key, x, y, width, height, origin, state}: accepted, rejected, or suggested (not decided, not saved)
let past = [], future = [], draw = 0, keys = 0, live = true, asked = 0, waiting = 0, going = 0;

const board = new Board($("view"), {
  changed: (now, key) => change([...now, ...boxes.filter((b) => b.state === "rejected")], key),
  selected: () => show(),
  zoomed: (scale) => { $("zoom").textContent = `${Math.round(100 * scale)} %`; },
});

const guarded = (work) => async (...given) => {
  try { await work(...given); } catch (error) { say(error.message, true); }
};

async function start() {
  overview = await ask("GET", "/api/fields");
  $("file").textContent = overview.file;
  for (const id of ["suggest", "number", "live", "another", "everywhere"]) $(id).disabled = !overview.by;
  if (!overview.by) $("about").textContent = "No component that offers positions is installed.";
  const wanted = Number(location.hash.slice(1));
  const open = overview.fields.findIndex((one) => !one.done);
  await go(Number.isInteger(wanted) && location.hash && wanted < overview.fields.length ? wanted : Math.max(open, 0));
}

async function go(to) {
  if (to < 0 || to >= overview.fields.length) return;
  const turn = ++going; // somebody may go on before all of it is here
  await queue;
  if (turn !== going) return;
  index = to;
  history.replaceState(null, "", `#${index}`);
  list();
  field = null;
  const told = await ask("GET", `/api/fields/${to}`);
  if (turn !== going) return;
  await board.show(`/api/fields/${to}/picture`, told.width, told.height);
  if (turn !== going) return;
  field = told;
  [past, future, draw] = [[], [], 0];
  boxes = told.boxes.map((box) => ({ ...box, key: key(), state: box.rejected ? "rejected" : "accepted" }));
  refresh();
  say("");
}

const key = () => `box-${++keys}`;
const count = (state) => boxes.filter((box) => box.state === state).length;

function refresh(selected = null) {
  board.draw(boxes.filter((box) => box.state !== "rejected"), selected);
  if (selected && board.boxes.has(selected)) board.reveal(selected);
  show();
}

function list() {
  $("fields").replaceChildren(...overview.fields.map((one, i) => {
    const item = document.createElement("li"), button = document.createElement("button");
    for (const text of [one.id, String(one.positions)]) {
      const part = document.createElement("span");
      part.textContent = text;
      button.append(part);
    }
    button.dataset.done = one.done;
    button.title = one.id;
    button.setAttribute("aria-current", i === index);
    button.addEventListener("click", guarded(() => go(i)));
    item.append(button);
    return item;
  }));
  $("fields").children[index].scrollIntoView({ block: "nearest" });
  overview.done = overview.fields.filter((one) => one.done).length;
  $("bar").max = overview.fields.length;
  $("bar").value = overview.done;
  $("far").textContent = `${overview.done} of ${overview.fields.length} fields done`;
}

function show() {
  if (!field) return;
  const one = overview.fields[index], chosen = board.notes ? boxes.find((box) => box.key === board.key()) : null;
  $("name").textContent = `${one.id} (${index + 1} of ${overview.fields.length})`;
  $("counts").textContent = `${count("accepted")} accepted, ${count("suggested")} suggested, ${count("rejected")} rejected`;
  $("done").setAttribute("aria-pressed", field.done);
  $("undo").disabled = !past.length;
  $("redo").disabled = !future.length;
  $("deciding").hidden = !count("suggested");
  $("accept").disabled = $("reject").disabled = !chosen || chosen.state !== "suggested";
  preview(chosen);
}

// All changes come through here: remembered for undo, shown, saved.
function change(next, selected = null) {
  past.push(boxes);
  future = [];
  put(next, selected);
}

function put(next, selected = null) {
  boxes = next;
  refresh(selected);
  save();
}

function step(from, to) {
  if (!from.length) return;
  to.push(boxes);
  put(from.pop());
}

function save() {
  const at = index, told = field;
  const kept = boxes.filter((box) => box.state !== "suggested").map(({ x, y, width, height, origin, state }) => (
    { x, y, width, height, origin, rejected: state === "rejected" }));
  const done = told.done;
  say("saving …");
  waiting += 1;
  inOrder(async () => {
    const answer = await ask("PUT", `/api/fields/${at}`, { boxes: kept, done, revision: told.revision });
    told.revision = answer.revision;
    Object.assign(overview.fields[at], { positions: kept.filter((box) => !box.rejected).length, done });
    list();
    if (waiting === 1) say("saved");
  }).catch((error) => say(`not saved: ${error.message}`, true)).finally(() => { waiting -= 1; });
}

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

async function suggest() {
  say("looking for plasma …");
  const at = index, wanted = Math.min(Math.max(Number($("number").value) || 20, 1), 500);
  const found = await ask("GET", `/api/fields/${at}/suggestions?count=${wanted}`);
  if (at !== index) return;
  const decided = boxes.filter((box) => box.state !== "suggested");
  const fresh = found.filter((box) => !decided.some((other) => overlap(box, other)))
    .map((box) => ({ ...box, key: key(), origin: "suggested", state: "suggested" }));
  boxes = [...decided, ...fresh];
  refresh(fresh.length ? fresh[0].key : null);
  say(fresh.length ? `${fresh.length} suggested` : "no further place found");
}

// Accept or reject the selected suggestion, or all of them, and go on to the next one.
function decide(state, all = false) {
  const chosen = board.key();
  const meant = (box) => box.state === "suggested" && (all || box.key === chosen);
  if (!boxes.some(meant)) return;
  const place = boxes.findIndex((box) => box.key === chosen);
  const next = boxes.map((box) => (meant(box) ? { ...box, state } : box));
  const waiting = [...next.slice(place + 1), ...next].find((box) => box.state === "suggested");
  change(next, waiting ? waiting.key : null);
}

function remove() {
  const chosen = boxes.find((box) => box.key === board.key());
  if (!chosen) return;
  if (chosen.state === "suggested") decide("rejected");
  else change(boxes.filter((box) => box !== chosen));
}

function move(dx, dy) {
  const chosen = boxes.find((box) => box.key === board.key());
  if (!chosen) return false;
  const within = (value, size, whole) => round(Math.min(Math.max(value, 0), whole - size));
  const moved = { ...chosen, x: within(chosen.x + dx, chosen.width, field.width), y: within(chosen.y + dy, chosen.height, field.height) };
  change(boxes.map((box) => (box === chosen ? moved : box)), chosen.key);
  return true;
}

function add() {
  const like = boxes.at(-1), side = round(field.height / 12);
  const [width, height] = like ? [like.width, like.height] : [side, side];
  const [x, y] = board.middle();
  const box = { key: key(), width, height, origin: "drawn", state: "accepted" };
  box.x = round(Math.min(Math.max(x - width / 2, 0), field.width - width));
  box.y = round(Math.min(Math.max(y - height / 2, 0), field.height - height));
  change([...boxes, box], box.key);
}

// Box after box; past the last one, Tab goes on to what is beside the field, and nothing happens here.
function cycle(back) {
  const shown = boxes.filter((box) => box.state !== "rejected");
  const at = shown.findIndex((box) => box.key === board.key());
  const next = shown[at < 0 && back ? shown.length - 1 : at + (back ? -1 : 1)];
  board.select(next ? next.key : null);
  if (next) board.reveal(next.key);
  return Boolean(next);
}

// The cell that the component would paste, in the box on the field and larger beside it.
const preview = guarded(async (chosen) => {
  const mine = ++asked;
  board.overlay([]);
  $("pasted").hidden = true;
  if (!overview.by || !live || !chosen) {
    if (overview.by) $("about").textContent = live ? "Select or draw a box." : "";
    return;
  }
  $("about").textContent = "pasting …";
  await new Promise((wait) => setTimeout(wait, 150)); // while a key is held down, only the last place counts
  if (mine === asked) await paste([chosen], mine);
});

async function paste(chosen, mine = ++asked) {
  const sent = chosen.map(({ x, y, width, height, origin }) => ({ x, y, width, height, origin, rejected: false }));
  let told;
  try {
    told = await ask("POST", `/api/fields/${index}/preview`, { boxes: sent, draw });
  } catch (error) {
    if (mine === asked) $("about").textContent = error.message;
    return;
  }
  if (mine !== asked) return;
  board.overlay(told.cells);
  const [first] = told.cells;
  $("pasted").hidden = !first;
  if (told.why) return void ($("about").textContent = told.why); // nothing fits into the box
  if (first) $("pasted").src = first.picture;
  const about = chosen.length > 1 ? `${told.cells.length} of ${told.asked} boxes hold a cell` : `${first.kind || "cell"}, ${first.diameter} px, of ${first.donor}`;
  $("about").textContent = `${about}; by ${overview.by}`;
}

async function everywhere() {
  const all = boxes.filter((box) => box.state === "accepted").slice(0, 200);
  if (!all.length) return say("no accepted box yet", true);
  board.select(null);
  await new Promise((wait) => setTimeout(wait, 100)); // Annotorious tells of it a little later
  $("about").textContent = "pasting …";
  await paste(all);
}

function another() {
  draw += 1;
  show();
}

function toggle() {
  live = !live;
  $("live").setAttribute("aria-pressed", live);
  show();
}

async function finish() {
  field.done = !field.done;
  save();
  show();
  if (field.done) await go(index + 1);
}

const commands = {
  suggest, another, everywhere,
  live: toggle, done: finish,
  previous: () => go(index - 1), next: () => go(index + 1),
  undo: () => step(past, future), redo: () => step(future, past),
  accept: () => decide("accepted"), reject: () => decide("rejected"),
  all: () => decide("accepted", true), none: () => decide("rejected", true),
  larger: () => board.zoom(board.scale() * 1.25), smaller: () => board.zoom(board.scale() / 1.25), fit: () => board.fit(),
};
const letters = {
  s: "suggest", v: "live", V: "everywhere", c: "another", n: "next", p: "previous", d: "done",
  a: "accept", r: "reject", A: "all", R: "none", "+": "larger", "=": "larger", "-": "smaller", 0: "fit",
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

for (const [id, work] of Object.entries(commands)) $(id).addEventListener("click", guarded(() => field && work()));

addEventListener("keydown", guarded(async (event) => {
  if (typing(event) || !field) return;
  const held = event.ctrlKey || event.metaKey, name = event.key;
  if (held && name.toLowerCase() === "z") event.shiftKey ? commands.redo() : commands.undo();
  else if (held && name.toLowerCase() === "y") commands.redo();
  else if (held || event.altKey) return;
  else if (letters[name]) await commands[letters[name]]();
  else if (name === "b") add();
  else if (name === "Delete" || name === "Backspace") remove();
  else if (name === "Escape") board.select(null);
  else if (name === "Tab" && (event.target === document.body || event.target.closest("#view"))) {
    if (!cycle(event.shiftKey)) return;
  } else if (arrows[name]) {
    const far = event.shiftKey ? 10 : 1;
    if (!move(arrows[name][0] * far, arrows[name][1] * far)) return;
  } else return;
  event.preventDefault();
}), true);

addEventListener("beforeunload", (event) => { if (waiting) event.preventDefault(); });

guarded(start)();
