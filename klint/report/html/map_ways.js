"use strict";

// The map's data, and questions about it: what leads where, which stops a filter is for. Nothing here touches the page.

const LAYERS = ["entry", "routing", "distribution", "workload"];
const AUDIENCES = ["world", "private", "cluster", "unknown"];
const SEVERITIES = ["error", "warning", "note"];
const NO_NAMESPACE = "no namespace";

/**
 * An area that can be asked. Stops get the lines that come `in` and go `out`, a `text` to search in, and `reach`: the
 * audiences that come to them, a bit each. Lines get stops for `from` and `to`.
 */
function preparedArea(area, { files, objects }) {
  const stops = area.stops || [];
  const lines = area.lines || [];
  stops.forEach((stop, number) => {
    Object.assign(stop, { number, area, in: [], out: [], reach: 0, findings: stop.findings || [] });
    stop.column = LAYERS.indexOf(stop.layer);
    stop.title = stop.title || `${stop.kind} ${stop.namespace ? `${stop.namespace}/` : ""}${stop.name}`;
  });
  for (const item of [...stops, ...stops.flatMap((stop) => stop.findings), ...(area.findings || [])]) {
    item.line = item.at && item.at[1];
    item.at = item.at && `${files[item.at[0]]}:${item.line}`;
  }
  for (const line of lines) {
    line.from = stops[line.from];
    line.to = stops[line.to];
    line.state = line.state || "resolved";
    line.through = line.through && line.through.map((number) => objects[number]);
    line.from.out.push(line);
    line.to.in.push(line);
  }
  for (const stop of stops) {
    stop.band = bandOf(stop);
    const sent = [...stop.in, ...stop.out].flatMap((line) => line.requests || []);
    const found = stop.findings.flatMap((finding) => [finding.rule, finding.message]);
    const words = [stop.title, stop.namespace, stop.at, area.name, ...(stop.hosts || []), ...sent, ...found];
    stop.text = words.join("\n").toLowerCase();
  }
  spreadAudiences(stops);
  return Object.assign(area, { stops, lines });
}

/** The namespace that a stop is drawn in: of what has none, as what is missing, that of what it leads to or comes from. */
function bandOf(stop) {
  const beside = [...stop.out.map((line) => line.to), ...stop.in.map((line) => line.from)];
  return [stop, ...beside].map((near) => near.namespace).find(Boolean) || NO_NAMESPACE;
}

function spreadAudiences(stops) {
  const waiting = stops.filter((stop) => stop.audience);
  for (const stop of waiting) {
    stop.reach = audienceBit(stop.audience);
  }
  while (waiting.length) {
    const stop = waiting.pop();
    for (const line of stop.out) {
      const reach = line.state === "broken" ? line.to.reach : line.to.reach | stop.reach;
      if (reach !== line.to.reach) {
        line.to.reach = reach;
        waiting.push(line.to);
      }
    }
  }
}

/** The widest audience that comes to a stop; empty where none does. */
function widest(stop) {
  return AUDIENCES.find((audience) => stop.reach & audienceBit(audience)) || "";
}

/** The gravest severity of a stop's findings; empty where there are none. */
function gravest(stop) {
  return SEVERITIES.find((severity) => stop.findings.some((finding) => finding.severity === severity)) || "";
}

function isBroken(stop) {
  return stop.state === "broken" || stop.out.some((line) => line.state === "broken");
}

/** Whether some filter is set that looks at stops; the environment chooses among areas. */
function isFiltering(filters) {
  return Boolean(filters.q || filters.namespace || filters.layer || filters.found || filters.audience);
}

/** Whether a stop is one that filters are for. */
function meaning(filters) {
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  const bit = audienceBit(filters.audience);
  return (stop) =>
    (!filters.layer || stop.layer === filters.layer) &&
    (!filters.namespace || stop.band === filters.namespace) &&
    (!bit || Boolean(stop.reach & bit)) &&
    isFound(stop, filters.found) &&
    words.every((word) => stop.text.includes(word));
}

function audienceBit(audience) {
  return audience ? 1 << AUDIENCES.indexOf(audience) : 0;
}

function isFound(stop, what) {
  switch (what) {
    case "":
      return true;
    case "broken":
      return isBroken(stop);
    case "any":
      return stop.findings.length > 0;
    default:
      return stop.findings.some((finding) => finding.severity === what);
  }
}

/**
 * What of an area filters leave: `meant` are the stops that they are for, `shown` these and all on the ways through
 * them. Of an audience, the ways from entries of others are not shown.
 */
function selection(area, filters) {
  if (filters.environment && (area.environment || "unknown") !== filters.environment) {
    return { meant: new Set(), shown: new Set() };
  }
  const meant = new Set(isFiltering(filters) ? area.stops.filter(meaning(filters)) : area.stops);
  const isAll = meant.size === area.stops.length;
  return { meant, shown: isAll ? meant : waysThrough(meant, audienceBit(filters.audience)).stops };
}

/** All stops and lines on the ways through some stops; with `bit` only what requests of that audience come to. */
function waysThrough(begin, bit = 0) {
  const stops = new Set(begin);
  const lines = new Set();
  for (const [side, end] of [
    ["in", "from"],
    ["out", "to"],
  ]) {
    const waiting = [...begin];
    const seen = new Set(waiting);
    while (waiting.length) {
      for (const line of waiting.pop()[side]) {
        const next = line[end];
        if (bit && !(line.from.reach & bit)) continue;
        lines.add(line);
        if (!seen.has(next)) {
          seen.add(next);
          stops.add(next);
          waiting.push(next);
        }
      }
    }
  }
  return { stops, lines };
}
