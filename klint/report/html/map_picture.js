// Draws areas into the page: columns of cards with curves behind them. Only what is unfolded is drawn.

const SVG = "http://www.w3.org/2000/svg";
const COLUMN_NAMES = { entry: "Entry", routing: "Routing", distribution: "Distribution", workload: "Workload" };
const FOLDED_NAMES = {
  entry: ["entry", "entries"],
  routing: ["route", "routes"],
  distribution: ["Service", "Services"],
  workload: ["workload", "workloads"],
};
const AUDIENCE_NAMES = {
  world: "the world",
  private: "a private network",
  cluster: "the cluster",
  unknown: "audience unknown",
};
const AUDIENCE_SHORT = { world: "the world", private: "private", cluster: "cluster", unknown: "unknown" };
const SIGNS = { broken: "✕", unknown: "?" };

/** A new element with attributes and content; a string is a text, whatever is in it. */
function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== "") element.setAttribute(name, value);
  }
  element.append(...content.filter((item) => item !== null && item !== undefined && item !== ""));
  return element;
}

function makeSvg(tag, attributes = {}, ...content) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

function counted(count, [one, many]) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** An area: a heading that folds it and, unfolded, its picture. */
function drawArea({ area, shown, meant }, open, choices) {
  const isUnfolded = open.has(area.id);
  const heading = make(
    "h2",
    {},
    make(
      "button",
      { type: "button", class: "fold", "aria-expanded": String(isUnfolded), "data-fold": area.id },
      area.name,
    ),
  );
  const facts = [area.environment, area.platform].filter(Boolean).map((fact) => make("span", { class: "chip" }, fact));
  const head = make("div", { class: "area-head" }, heading, ...facts, summaryOf(area, shown));
  const section = make("section", { class: "area", "aria-label": area.name }, head);
  if (isUnfolded) section.append(drawPicture(area, shown, meant, open, choices));
  const others = shown.size === area.stops.length ? drawOthers(area) : null;
  if (others) section.append(others);
  return section;
}

function summaryOf(area, shown) {
  const stops = [...shown];
  const parts = columnsOf(stops).map((of, column) => of.length && counted(of.length, FOLDED_NAMES[LAYERS[column]]));
  const text = parts.filter(Boolean).join(", ");
  return make("span", { class: "faint" }, text, ...signs(stops, " "));
}

/** How many findings stops have of each severity that there is. */
function countsOf(stops) {
  const findings = stops.flatMap((stop) => stop.findings);
  const counts = SEVERITIES.map((severity) => [severity, sum(findings, (finding) => finding.severity === severity)]);
  return counts.filter(([, count]) => count);
}

/** The same, each with its sign. */
function signs(stops, before = "") {
  return countsOf(stops).flatMap(([severity, count]) => {
    const words = counted(count, [severity, `${severity}s`]);
    return [before, make("span", { class: severity, title: words }, count.toLocaleString("en"))];
  });
}

/** What was found in an area and not at one of its stops. */
function drawOthers(area) {
  if (!area.findings) return null;
  const title = `${counted(area.findings.length, ["more finding", "more findings"])} here, about nothing that is drawn`;
  const items = area.findings.map(findingOf);
  return make("details", { class: "others" }, make("summary", {}, title), make("ul", { class: "plain" }, ...items));
}

function drawPicture(area, shown, meant, open, choices) {
  const plan = layout(area, shown, open, choices);
  const picture = make("div", { class: "picture", role: "group", "aria-label": `The ways through ${area.name}` });
  const columns = make("div", { class: "columns", "aria-hidden": "true" });
  LAYERS.forEach((layer, column) => {
    const name = make("span", { class: `layer layer-${layer}` }, COLUMN_NAMES[layer]);
    name.style.left = `${columnAt(column)}%`;
    columns.append(name);
  });
  const canvas = make("div", { class: "canvas" });
  canvas.style.height = `${plan.height}px`;
  canvas.append(
    ...drawCurves(plan),
    ...plan.bands.flatMap(drawBand),
    ...plan.cards.map((card) => drawCard(card, meant)),
  );
  picture.append(columns, canvas);
  picture.plan = plan;
  return picture;
}

function drawBand(band) {
  if (!band.hasHead) return [];
  const attributes = {
    type: "button",
    class: "fold band",
    "aria-expanded": String(band.isOpen),
    "data-fold": band.key,
  };
  const head = make("button", attributes, band.name);
  head.style.top = `${band.y}px`;
  return [head];
}

/** The curves behind the cards, which stretch as the picture does; and the signs on them, which do not. */
function drawCurves(plan) {
  const frame = {
    viewBox: `0 0 100 ${plan.height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
    class: "curves",
  };
  const canvas = makeSvg("svg", frame);
  const signs = [];
  for (const curve of plan.curves) {
    const state = worstState(curve.lines);
    const isWhole = curve.lines.every((line) => line.state === state);
    const audience = isWhole && state === "broken" ? "" : widestOf(curve.lines);
    const look = `curve curve-${isWhole ? state : "resolved"} reach-${audience || "none"}`;
    curve.path = makeSvg("path", { d: curve.d, class: look });
    if (curve.lines.length > 1) curve.path.style.strokeWidth = Math.min(3, 1.5 + Math.log10(curve.lines.length) / 2);
    canvas.append(curve.path);
    if (state !== "resolved") {
      const { x, y } = signSpot(curve);
      curve.sign = make("span", { class: `sign sign-${state}`, "aria-hidden": "true" }, SIGNS[state]);
      Object.assign(curve.sign.style, { left: `${x}%`, top: `${y}px` });
      signs.push(curve.sign);
    }
  }
  return [canvas, ...signs];
}

function worstState(lines) {
  return ["broken", "unknown"].find((state) => lines.some((line) => line.state === state)) || "resolved";
}

function widestOf(lines) {
  const reach = lines.reduce((bits, line) => bits | line.from.reach, 0);
  return widest({ reach });
}

function drawCard(card, meant) {
  const button = card.fold ? foldButton(card) : stopButton(card.stops[0]);
  button.classList.add("card");
  if (!card.stops.some((stop) => meant.has(stop))) button.classList.add("beside");
  Object.assign(button.style, {
    left: `${card.x}%`,
    top: `${card.y}px`,
    width: `${CARD.width}%`,
    height: `${CARD.height}px`,
  });
  button.tabIndex = -1;
  button.card = card;
  card.button = button;
  return button;
}

function foldButton(card) {
  const names = FOLDED_NAMES[LAYERS[card.column]];
  const text = card.isRest
    ? `and ${counted(card.stops.length, [`more ${names[0]}`, `more ${names[1]}`])}`
    : counted(card.stops.length, names);
  const attributes = { type: "button", class: "folded", "data-fold": card.fold, "data-more": Boolean(card.isRest) };
  return make(
    "button",
    attributes,
    make("span", { class: "name" }, text),
    make("span", { class: "about" }, ...signs(card.stops)),
  );
}

function stopButton(stop) {
  const reach = stop.layer === "entry" && !stop.state ? stop.audience : "";
  const about = make("span", { class: "about" }, audienceMark(reach, AUDIENCE_SHORT), aboutOf(stop), ...signs([stop]));
  const look = ["stop-card", stop.state && `${stop.state}-stop`, reach && `from-${reach}`].filter(Boolean).join(" ");
  const attributes = {
    type: "button",
    "data-stop": stop.id,
    class: look,
    title: stop.title,
    "aria-label": spoken(stop, reach),
  };
  return make("button", attributes, make("span", { class: "name" }, nameOf(stop)), about);
}

/** A stop as it is read out. */
function spoken(stop, reach) {
  const found = countsOf([stop]).map(([severity, count]) => counted(count, [severity, `${severity}s`]));
  const words = [stop.title, stop.state, reach && AUDIENCE_NAMES[reach], ...found, COLUMN_NAMES[stop.layer]];
  return words.filter(Boolean).join(", ");
}

/** What stands first on a card: of an entry the port, as what opens it is below. Namespaces are above it. */
function nameOf(stop) {
  if (isPort(stop)) return stop.title.slice(0, stop.title.lastIndexOf(" of "));
  return stop.state ? stop.title : stop.name || stop.title;
}

function isPort(stop) {
  return stop.layer === "entry" && !stop.state && stop.title.includes(" of ");
}

function aboutOf(stop) {
  if (stop.state) return make("span", { class: stop.state }, stop.state === "broken" ? "missing" : "unknown");
  return make("span", { class: "at" }, isPort(stop) ? stop.name : stop.kind);
}

function audienceMark(audience, names = AUDIENCE_NAMES) {
  return audience ? make("span", { class: `who who-${audience}` }, names[audience]) : null;
}

/** Lights up the ways through a card, and dims the others; with no card, those through the one whose panel is open. */
function light(picture, pointed) {
  const { plan } = picture;
  const card = pointed || plan.cards.find(({ button }) => button.hasAttribute("aria-current"));
  picture.classList.toggle("is-lit", Boolean(card));
  const { stops, lines } = card ? waysThrough(card.stops) : { stops: new Set(), lines: new Set() };
  for (const { button, stops: own } of plan.cards)
    button.classList.toggle(
      "lit",
      own.some((stop) => stops.has(stop)),
    );
  for (const { path, sign, lines: own } of plan.curves) {
    const isLit = own.some((line) => lines.has(line));
    path.classList.toggle("lit", isLit);
    if (sign) sign.classList.toggle("lit", isLit);
  }
}

/** The card that an arrow key leads to from another; undefined where there is none. */
function neighbor(plan, card, key) {
  const inColumn = plan.cards.filter((other) => other.column === card.column).sort((one, other) => one.y - other.y);
  const at = inColumn.indexOf(card);
  const linked = (end, start) =>
    plan.curves
      .filter((curve) => curve[start] === card)
      .map((curve) => curve[end])
      .sort((one, other) => Math.abs(one.y - card.y) - Math.abs(other.y - card.y))[0];
  switch (key) {
    case "ArrowDown":
      return inColumn[at + 1];
    case "ArrowUp":
      return inColumn[at - 1];
    case "Home":
      return inColumn[0];
    case "End":
      return inColumn[inColumn.length - 1];
    case "ArrowRight":
      return linked("to", "from");
    case "ArrowLeft":
      return linked("from", "to");
    default:
      return undefined;
  }
}
