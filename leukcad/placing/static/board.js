// The field on the screen: zoom, pan, and its boxes, drawn and edited by Annotorious.
"use strict";

class Board {
  // view: the scrolling element. changed(boxes): somebody drew, moved or resized. selected(key): another box, or null.
  constructor(view, { changed, selected, zoomed }) {
    Object.assign(this, { view, changed, selected, zoomed });
    this.boxes = new Map();
    this.held = false;
    view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    view.addEventListener("pointerdown", (event) => this.grab(event), true);
    // capturing, since Annotorious lets no pointerup through that ends a drawing; it has dealt with it by the timeout
    addEventListener("pointerup", () => setTimeout(() => this.settle()), true);
    // Undo is ours: it knows of accepted and rejected suggestions, too.
    addEventListener("keydown", (event) => { // in the capturing phase: before Annotorious, which listens at the document
      if ((event.ctrlKey || event.metaKey) && "zy".includes(event.key.toLowerCase())) event.stopPropagation();
      if (event.key === " " && !typing(event) && !event.target.matches("button, summary")) {
        this.held = true;
        event.preventDefault();
      }
    }, true);
    addEventListener("keyup", (event) => { if (event.key === " ") this.held = false; });
  }

  async show(url, width, height) {
    const shown = this.latest = Symbol(url);
    this.clear();
    const image = new Image();
    image.className = "field";
    image.alt = "field of view";
    image.draggable = false;
    image.src = url;
    await image.decode();
    if (shown !== this.latest) return; // another field was asked for meanwhile
    this.view.replaceChildren(image);
    Object.assign(this, { image, width, height });
    this.notes = Annotorious.createImageAnnotator(image, { style: (note) => this.style(note), drawingMode: "drag" });
    this.notes.on("selectionChanged", () => this.selected(this.key()));
    this.fit();
  }

  clear() {
    if (this.notes) this.notes.destroy();
    this.notes = null;
    this.boxes.clear();
    this.view.replaceChildren();
  }

  style(note) {
    const box = this.boxes.get(note.id);
    const colour = box && box.state === "suggested" ? "#e0a100" : "#0072b2";
    return { stroke: colour, strokeWidth: 2.5, strokeOpacity: 1, fill: colour, fillOpacity: note.id === this.key() ? 0 : 0.1 };
  }

  // Boxes as they shall be, by key: {x, y, width, height, state, origin}.
  draw(boxes, key = null) {
    this.boxes = new Map(boxes.map((box) => [box.key, { ...box }]));
    this.notes.setAnnotations(boxes.map((box) => annotation(box)), true);
    this.select(key);
  }

  key() {
    const [first] = this.notes.getSelected();
    return first ? first.id : null;
  }

  select(key) {
    if (key && this.boxes.has(key)) this.notes.setSelected(key);
    else this.notes.setSelected();
  }

  reveal(key) {
    const box = this.boxes.get(key), scale = this.scale(), view = this.view;
    const [x, y] = [(box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale];
    const seen = x > view.scrollLeft && x < view.scrollLeft + view.clientWidth && y > view.scrollTop && y < view.scrollTop + view.clientHeight;
    if (!seen) view.scrollTo(x - view.clientWidth / 2, y - view.clientHeight / 2);
  }

  // What Annotorious holds now, clipped to the field; told if it differs from what was drawn.
  settle() {
    if (!this.notes) return;
    const now = this.notes.getAnnotations().map((note) => this.read(note)).filter(Boolean);
    const changed = now.find((box) => {
      const old = this.boxes.get(box.key);
      return !old || ["x", "y", "width", "height"].some((side) => old[side] !== box[side]);
    });
    // What was changed stays selected, though Annotorious takes a quick drag for a click beside it.
    if (changed) this.changed(now, changed.key);
    else if (now.length !== this.boxes.size || this.notes.getAnnotations().length !== now.length) this.changed(now, this.key());
  }

  read(note) {
    const { x, y, w, h } = note.target.selector.geometry;
    const old = this.boxes.get(note.id) || { key: note.id, state: "accepted", origin: "drawn" };
    const left = round(Math.min(Math.max(x, 0), this.width)), top = round(Math.min(Math.max(y, 0), this.height));
    const width = round(Math.min(x + w, this.width) - left), height = round(Math.min(y + h, this.height) - top);
    if (width < LEAST || height < LEAST) return this.boxes.has(note.id) ? { ...old } : null;
    return { ...old, x: left, y: top, width, height };
  }

  // A picture over part of the field, at its place; all former ones go.
  overlay(pictures) {
    for (const old of this.view.querySelectorAll(".overlay")) old.remove();
    const layer = this.view.querySelector(".a9s-annotationlayer");
    for (const { x, y, width, height, picture } of pictures) {
      const image = new Image(width, height);
      image.className = "overlay";
      image.alt = "";
      image.src = picture;
      const share = (value, whole) => `${100 * value / whole}%`;
      Object.assign(image.style, { left: share(x, this.width), top: share(y, this.height), width: share(width, this.width), height: share(height, this.height) });
      layer.before(image);
    }
  }

  scale() { return this.image.clientWidth / this.width; }

  fit() {
    const { clientWidth, clientHeight } = this.view;
    this.zoom(Math.min(clientWidth / this.width, clientHeight / this.height));
  }

  // Zoom to `scale`, keeping what lies at (x, y) of the view, its middle if not said.
  zoom(scale, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    const least = Math.min(this.view.clientWidth / this.width, this.view.clientHeight / this.height, 1) / 2;
    const to = Math.min(Math.max(scale, least), 8), from = this.image.clientWidth ? this.scale() : to;
    const at = [(this.view.scrollLeft + x) / from, (this.view.scrollTop + y) / from];
    this.image.style.width = `${this.width * to}px`;
    this.view.scrollTo(at[0] * to - x, at[1] * to - y);
    this.zoomed(this.scale());
  }

  wheel(event) {
    if (!this.notes) return;
    event.preventDefault();
    const frame = this.view.getBoundingClientRect();
    this.zoom(this.scale() * Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
  }

  grab(event) {
    if (!(this.held || event.button === 1)) return;
    event.preventDefault();
    event.stopPropagation();
    const view = this.view, from = [event.clientX + view.scrollLeft, event.clientY + view.scrollTop];
    const move = (next) => view.scrollTo(from[0] - next.clientX, from[1] - next.clientY);
    view.classList.add("panning");
    addEventListener("pointermove", move);
    addEventListener("pointerup", () => {
      view.classList.remove("panning");
      removeEventListener("pointermove", move);
    }, { once: true });
  }

  middle() {
    const scale = this.scale(), view = this.view;
    const clipped = (start, seen, whole) => Math.min((start + seen / 2) / scale, whole - 1);
    return [clipped(view.scrollLeft, view.clientWidth, this.width), clipped(view.scrollTop, view.clientHeight, this.height)];
  }
}

const LEAST = 4; // px, as leukcad.positions has it
const round = (value) => Math.round(value * 10) / 10;

function annotation({ key, x, y, width, height }) {
  const bounds = { minX: x, minY: y, maxX: x + width, maxY: y + height };
  const selector = { type: "RECTANGLE", geometry: { x, y, w: width, h: height, rot: 0, bounds } };
  return { id: key, bodies: [], target: { annotation: key, selector } };
}
