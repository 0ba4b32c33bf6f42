// The page of a map: what was chosen → the address → what is drawn, in this direction alone.

const CHOICES = ["q", "environment", "namespace", "layer", "found", "audience", "view", "stop"];
const NARROW = matchMedia("(max-width: 900px)");

const controls = document.getElementById("controls");
const pictures = document.getElementById("pictures");
const list = document.getElementById("list");
const panel = document.getElementById("panel");
const said = document.getElementById("said");

const map = JSON.parse(document.getElementById("map").textContent);
const areas = map.areas.map((area) => preparedArea(area, map));
const stopById = new Map(areas.flatMap((area) => area.stops.map((stop) => [stop.id, stop])));

let state = { folds: {} };
let drawn = ""; // what the pictures show: they are drawn anew when that changes
let opener = () => null; // finds what had the focus before the panel

// The address

function stateOf(fragment) {
  const found = new URLSearchParams(fragment);
  const read = Object.fromEntries(CHOICES.map((name) => [name, found.get(name) || ""]));
  const folds = {};
  for (const key of found.getAll("open")) folds[key] = true;
  for (const key of found.getAll("shut")) folds[key] = false;
  for (const key of found.getAll("more")) folds[key.replace(/:\d+$/, "")] = Number(key.match(/\d+$/)) || 0;
  if (!read.stop && stopById.has(fragment)) read.stop = fragment; // an item of the list has its address from the start
  return { ...read, folds };
}

function fragmentOf(current) {
  const written = new URLSearchParams();
  for (const name of CHOICES) if (current[name]) written.set(name, current[name]);
  for (const [key, value] of Object.entries(current.folds)) {
    if (typeof value === "number") written.append("more", `${key}:${value}`);
    else written.append(value ? "open" : "shut", key);
  }
  return written.toString();
}

function change(changes) {
  state = { ...state, ...changes };
  const fragment = fragmentOf(state);
  history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  show();
}

// What is shown

function show() {
  for (const name of ["q", "environment", "namespace", "layer", "found", "audience", "view"]) {
    const control = controls.elements[name];
    if (control && control.value !== state[name]) control.value = state[name];
  }
  document.getElementById("clear").hidden = !isFiltering(state) && !state.environment;
  const selected = selectedAreas();
  const isList = NARROW.matches || state.view === "list";
  list.hidden = !isList;
  pictures.hidden = isList;
  tell(selected);
  if (isList) filterList(selected);
  else drawPictures(selected);
  showPanel();
}

function selectedAreas() {
  return areas.map((area) => ({ area, ...selection(area, state) })).filter(({ shown }) => shown.size);
}

function tell(selected) {
  const meant = selected.reduce((sum, item) => sum + item.meant.size, 0);
  const all = areas.reduce((sum, area) => sum + area.stops.length, 0);
  const isAll = meant === all;
  said.textContent = isAll ? "" : `${meant.toLocaleString("en")} of ${all.toLocaleString("en")} stops`;
  document.getElementById("nothing").hidden = meant > 0;
}

function drawPictures(selected) {
  const { stop, view, ...rest } = state;
  const now = JSON.stringify(rest);
  if (now === drawn) return;
  drawn = now;
  const focus = focusKey(document.activeElement);
  const open = unfolded(selected, state.folds);
  pictures.replaceChildren(...selected.map((item) => drawArea(item, open, state.folds)));
  for (const picture of pictures.querySelectorAll(".picture")) enter(picture, picture.plan.cards[0]);
  if (focus) (pictures.querySelector(focus) || pictures.querySelector(".card") || controls.elements.q).focus();
}

/** A selector that finds an element of the pictures again when they are drawn anew. */
function focusKey(element) {
  if (!element || !pictures.contains(element)) return "";
  const name = element.dataset.stop ? "stop" : "fold";
  return `[data-${name}="${CSS.escape(element.dataset[name] || "")}"]`;
}

/** The card of a picture that the tabulator comes to. */
function enter(picture, card) {
  if (picture.entered) picture.entered.button.tabIndex = -1;
  picture.entered = card;
  if (card) card.button.tabIndex = 0;
}

function filterList(selected) {
  const shown = new Map(selected.map(({ area, shown: stops }) => [area, stops]));
  for (const section of list.querySelectorAll("section[data-area]")) {
    const area = areas.find((found) => found.id === section.dataset.area);
    section.hidden = !shown.has(area);
    if (section.hidden) continue;
    const stops = shown.get(area);
    const isAll = stops.size === area.stops.length;
    // From the last to the first: what is below an item is decided before it.
    const items = [...section.querySelectorAll(".ways > li, .folds > details")].reverse();
    for (const item of items) {
      const stop = item.localName === "li" && stopById.get(item.id || linkedId(item.querySelector("a")));
      item.hidden = !isAll && !stops.has(stop) && !item.querySelector(".ways > li:not([hidden])");
    }
  }
}

/** The stop that a link of the list or the panel, or a card, is about: its id. */
function linkedId(element) {
  return element.dataset.stop || (element.hash || "").slice(1);
}

function showPanel() {
  const stop = stopById.get(state.stop);
  const wasOpen = !panel.hidden;
  panel.hidden = !stop;
  document.body.classList.toggle("has-panel", Boolean(stop));
  for (const card of pictures.querySelectorAll("[aria-current]")) card.removeAttribute("aria-current");
  const own = stop && pictures.querySelector(`[data-stop="${stop.id}"]`);
  if (own) own.setAttribute("aria-current", "true");
  for (const picture of pictures.querySelectorAll(".picture")) light(picture);
  if (!stop) {
    if (wasOpen) opener()?.focus();
    opener = () => null;
    return;
  }
  if (panel.dataset.of === stop.id && wasOpen) return;
  panel.dataset.of = stop.id;
  document.getElementById("panel-title").textContent = stop.title;
  document.getElementById("panel-content").replaceChildren(...panelContent(stop));
  panel.scrollTop = 0;
  document.getElementById("panel-title").focus();
}

// What a person does

function pressed(event) {
  const link = event.target.closest('[data-stop], a[href^="#"]');
  if (link && stopById.has(linkedId(link))) {
    event.preventDefault();
    if (!panel.contains(link)) rememberOpener(link);
    change({ stop: linkedId(link) });
    return;
  }
  const fold = event.target.closest("[data-fold]");
  if (!fold) return;
  const key = fold.dataset.fold;
  const value =
    "more" in fold.dataset
      ? (state.folds[key] || FIRST_CARDS) + MORE_CARDS
      : fold.getAttribute("aria-expanded") !== "true";
  change({ folds: { ...state.folds, [key]: value } });
}

function rememberOpener(link) {
  const key = focusKey(link);
  opener = () => (link.isConnected ? link : key && pictures.querySelector(key));
}

function closePanel() {
  if (state.stop) change({ stop: "" });
}

function moved(event) {
  const { card } = event.target;
  if (!card) return;
  const picture = event.target.closest(".picture");
  const next = neighbor(picture.plan, card, event.key);
  if (!next) return;
  event.preventDefault();
  enter(picture, next);
  next.button.focus();
}

function lightUnder(event) {
  const picture = event.target.closest && event.target.closest(".picture");
  if (picture) light(picture, event.target.closest(".card")?.card);
}

controls.addEventListener("submit", (event) => event.preventDefault());
controls.addEventListener("input", (event) => change({ [event.target.name]: event.target.value }));
document.getElementById("clear").addEventListener("click", () => {
  change({ q: "", environment: "", namespace: "", layer: "", found: "", audience: "" });
  controls.elements.q.focus();
});
document.getElementById("close").addEventListener("click", closePanel);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closePanel();
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    controls.elements.q.focus();
  }
});
for (const part of [pictures, list, panel]) part.addEventListener("click", pressed);
pictures.addEventListener("keydown", moved);
pictures.addEventListener("focusin", (event) => {
  if (event.target.card) enter(event.target.closest(".picture"), event.target.card);
});
for (const name of ["mouseover", "focusin"]) pictures.addEventListener(name, lightUnder);
for (const name of ["mouseout", "focusout"]) {
  pictures.addEventListener(name, (event) => {
    const picture = event.target.closest && event.target.closest(".picture");
    if (picture) light(picture);
  });
}
NARROW.addEventListener("change", show);
addEventListener("beforeprint", () => {
  const selected = selectedAreas();
  drawPictures(selected);
  filterList(selected);
  for (const fold of list.querySelectorAll("details")) fold.open = true;
});
addEventListener("afterprint", show);
addEventListener("hashchange", () => {
  state = stateOf(location.hash.slice(1));
  show();
});

for (const name of [...new Set([...stopById.values()].map((stop) => stop.band))].sort()) {
  controls.elements.namespace.append(make("option", {}, name));
}
controls.hidden = false;
state = stateOf(location.hash.slice(1));
show();
