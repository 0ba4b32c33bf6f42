// Where things are drawn: stops and lines → cards and curves with positions. Arithmetic alone; nothing is measured.

const CARD = { width: 20, height: 46, gap: 10 }; // across in hundredths of the picture, so that it fits any window
const COLUMN_GAP = (100 - LAYERS.length * CARD.width) / (LAYERS.length - 1);
const BAND = { head: 30, gap: 14 };
const FIRST_CARDS = 16; // of a namespace and layer, before the rest is folded
const MORE_CARDS = 60; // that one press unfolds
const MOST_CARDS = 160; // that are drawn unless somebody unfolds more

/**
 * What is unfolded of the areas, as long as nobody has chosen otherwise: as much as a person can look at. Where not all
 * namespaces of an area fit, each is a row of what it has, so that the first sight is of the whole. `choices` has true
 * for what somebody unfolded, false for what somebody folded, and numbers of cards, each by a key.
 */
function unfolded(selected, choices) {
  let room = MOST_CARDS;
  const open = new Set();
  for (const { area, shown } of selected) {
    const bands = [...bandsOf(shown)].map(([name, stops]) => [bandKey(area, name), columnsOf(stops)]);
    const rows = sum(bands, ([, columns]) => columns.filter((stops) => stops.length).length);
    const cards = sum(bands, ([, columns]) => sum(columns, (stops) => Math.min(stops.length, FIRST_CARDS + 1)));
    if (!isOpen(choices, area.id, rows <= room || open.size === 0)) continue;
    open.add(area.id);
    const fits = cards <= room || bands.length === 1;
    room -= fits ? cards : rows;
    for (const [key] of bands) {
      if (isOpen(choices, key, fits)) open.add(key);
    }
  }
  return open;
}

function sum(items, count) {
  return items.reduce((total, item) => total + count(item), 0);
}

function isOpen(choices, key, otherwise) {
  return key in choices ? Boolean(choices[key]) : otherwise;
}

function bandKey(area, name) {
  return `${area.id}/${name}`;
}

function bandsOf(stops) {
  const bands = new Map();
  for (const stop of stops) {
    if (!bands.has(stop.band)) bands.set(stop.band, []);
    bands.get(stop.band).push(stop);
  }
  return bands;
}

function columnsOf(stops) {
  return LAYERS.map((_, column) => stops.filter((stop) => stop.column === column));
}

/** The order of the stops of an area: in each column by where what leads there stands, so that few lines cross. */
function ordered(shown) {
  const rank = new Map();
  const sorted = [];
  const inOrder = [...shown].sort((one, other) => one.number - other.number);
  for (const column of LAYERS.keys()) {
    const stops = inOrder.filter((stop) => stop.column === column);
    const weights = new Map(stops.map((stop) => [stop, weight(stop, rank)]));
    stops.sort((one, other) => weights.get(one) - weights.get(other) || one.number - other.number);
    for (const stop of stops) {
      rank.set(stop, sorted.length);
      sorted.push(stop);
    }
  }
  return sorted;
}

function weight(stop, rank) {
  const before = stop.in.map((line) => rank.get(line.from)).filter((found) => found !== undefined);
  return before.length ? before.reduce((sum, found) => sum + found, 0) / before.length : Infinity;
}

/**
 * The cards and curves of an area that is unfolded: hundredths across, pixels down.
 *
 * A card has `x`, `y`, its `column` and its `stops`: one, or all that it stands for where they are folded
 * (`fold` is then the key of what it unfolds). A band has a `name`, `y`, and whether it `isOpen`. A curve has the two
 * cards, its `lines` and its path `d`.
 */
function layout(area, shown, open, choices) {
  const cards = [];
  const bands = [];
  const cardOf = new Map();
  const hasBands = bandsOf(shown).size > 1;
  let y = 0;
  for (const [name, stops] of bandsOf(ordered(shown))) {
    const key = bandKey(area, name);
    const isUnfolded = open.has(key);
    const head = hasBands || !isUnfolded || stops.length > FIRST_CARDS ? BAND.head : 0;
    bands.push({ name, key, y, isOpen: isUnfolded, hasHead: head > 0, stops });
    y += head;
    let rows = 0;
    columnsOf(stops).forEach((of, column) => {
      const made = isUnfolded ? unfoldedCards(of, `${key}/${column}`, choices) : foldedCard(of, key);
      made.forEach((card, row) => {
        Object.assign(card, { x: columnAt(column), y: y + row * (CARD.height + CARD.gap), column });
        card.stops.forEach((stop) => cardOf.set(stop, card));
        cards.push(card);
      });
      rows = Math.max(rows, made.length);
    });
    bands[bands.length - 1].height = head + rows * (CARD.height + CARD.gap);
    y += rows * (CARD.height + CARD.gap) + BAND.gap;
  }
  const curves = curvesBetween(shown, cardOf);
  const byColumn = new Map(LAYERS.map((_, column) => [column, cards.filter((card) => card.column === column)]));
  for (const curve of curves) curve.d = curvePath(curve, byColumn);
  return { cards, bands, curves, height: y - BAND.gap - CARD.gap };
}

/** Where a column begins. */
function columnAt(column) {
  return column * (CARD.width + COLUMN_GAP);
}

function foldedCard(stops, key) {
  return stops.length ? [{ stops, fold: key }] : [];
}

/** A card each; of very many those with findings first, in the order in which they stand. */
function unfoldedCards(stops, key, choices) {
  const most = choices[key] || FIRST_CARDS;
  if (stops.length <= most + 1) return stops.map((stop) => ({ stops: [stop] }));
  const grave = new Set(stops.filter((stop) => stop.findings.length || isBroken(stop)).slice(0, most));
  let left = most - grave.size;
  const chosen = stops.filter((stop) => grave.has(stop) || left-- > 0);
  const kept = new Set(chosen);
  const rest = stops.filter((stop) => !kept.has(stop));
  return [...chosen.map((stop) => ({ stops: [stop] })), { stops: rest, fold: key, isRest: true }];
}

/** The lines between cards, those that are drawn as one together. */
function curvesBetween(shown, cardOf) {
  const curves = new Map();
  for (const stop of shown) {
    for (const line of stop.out) {
      const [from, to] = [cardOf.get(line.from), cardOf.get(line.to)];
      if (!to || from === to) continue;
      if (!curves.has(from)) curves.set(from, new Map());
      const beyond = curves.get(from);
      if (!beyond.has(to)) beyond.set(to, { from, to, lines: [] });
      beyond.get(to).lines.push(line);
    }
  }
  return [...curves.values()].flatMap((beyond) => [...beyond.values()]);
}

/**
 * The path of a curve, from the right of a card to the left of the other, or around where both are in one column.
 * It passes the columns between them beside the cards there: nothing seems to go through what it does not go through.
 */
function curvePath({ from, to }, cards) {
  const [startX, startY] = [from.x + CARD.width, from.y + CARD.height / 2];
  const endY = to.y + CARD.height / 2;
  if (to.column <= from.column) {
    const endX = to.x + CARD.width;
    const bow = Math.max(startX, endX) + COLUMN_GAP / 2;
    return `M${startX} ${startY}C${bow} ${startY} ${bow} ${endY} ${endX} ${endY}`;
  }
  const bend = COLUMN_GAP * 0.6;
  let path = `M${startX} ${startY}`;
  let [x, y] = [startX, startY];
  for (let column = from.column + 1; column <= to.column; column += 1) {
    const left = columnAt(column);
    const isLast = column === to.column;
    const next = isLast ? endY : free(y, cards.get(column) || []);
    path += `C${x + bend} ${y} ${left - bend} ${next} ${left} ${next}`;
    if (!isLast) path += `H${left + CARD.width}`;
    [x, y] = [left + CARD.width, next];
  }
  return path;
}

/** The height nearest to `y` at which no card of a column is. */
function free(y, cards) {
  const hit = cards.find((card) => y > card.y - CARD.gap / 2 && y < card.y + CARD.height + CARD.gap / 2);
  if (!hit) return y;
  return y < hit.y + CARD.height / 2 ? hit.y - CARD.gap / 2 : hit.y + CARD.height + CARD.gap / 2;
}

/** Where a sign stands on a curve: nearer to what it leads to. */
function signSpot({ from, to }) {
  const isBow = to.column <= from.column;
  if (isBow) return { x: from.x + CARD.width + COLUMN_GAP * 0.36, y: (from.y + to.y + CARD.height) / 2 };
  return { x: to.x - COLUMN_GAP / 5, y: to.y + CARD.height / 2 };
}
