// What both pages share: asking the server, one change after another, and saying what came of it.
"use strict";

// The token has done its duty: it need not stay in the address bar or in the history.
if (location.search) history.replaceState(null, "", location.pathname);

const say = (text, bad = false) => {
  const line = document.getElementById("say");
  line.textContent = text;
  line.classList.toggle("bad", bad);
};

async function ask(method, path, value) {
  const told = { method, headers: value === undefined ? {} : { "Content-Type": "application/json" } };
  if (value !== undefined) told.body = JSON.stringify(value);
  let reply;
  try {
    reply = await fetch(path, told);
  } catch {
    throw new Error("leukcad does not answer: is it still running?");
  }
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error || `refused (${reply.status})`);
  return answer;
}

// Changes are sent in their order, one at a time.
let queue = Promise.resolve();
function inOrder(work) {
  const done = queue.then(work);
  queue = done.catch(() => {});
  return done;
}

// Letters typed into a text field are no commands.
const typing = (event) => event.target.matches("input, select, textarea");
