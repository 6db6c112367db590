"use strict";
(() => {
const source = document.getElementById("data");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const root = document.documentElement;
root.classList.add("on");

// Sorting tables by a column.
const number = text => {
  const value = parseFloat(text.replace(/−/g, "-").replace("∞", "Infinity"));
  return text.startsWith("NaN") || text === "non-finite" ? Infinity : value;
};
for (const table of all("table.sortable")) {
  all("thead th", table).forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      all("thead th", table).forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = table.tBodies[0];
      const rows = [...body.rows].map(row => {
        const text = row.cells[column].textContent.trim();
        return { row, text, value: number(text) };
      });
      const isNumeric = rows.some(entry => !isNaN(entry.value));
      rows.sort((a, b) => {
        if (!isNumeric) return up ? a.text.localeCompare(b.text) : b.text.localeCompare(a.text);
        if (isNaN(a.value) || isNaN(b.value)) return isNaN(a.value) - isNaN(b.value);
        return a.value === b.value ? 0 : (a.value < b.value) === up ? -1 : 1;
      });
      body.append(...rows.map(entry => entry.row));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
if (!source) return;

const data = JSON.parse(source.textContent);
const svg = "http://www.w3.org/2000/svg";
const height = 240;
// Single runs are drawn without the script where they are few.
const usual = one(".r") !== null;
const state = { smoothing: 0, single: usual, off: new Set(), hidden: new Set(), flipped: new Set(),
  metric: null, value: null };

// Numbers: the upper bits of single precision, six to a character.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const codes = Object.fromEntries([...letters].map((letter, index) => [letter, index]));
const view = new DataView(new ArrayBuffer(4));
const whole = (text, place, count) => {
  let value = 0;
  for (let index = 0; index < count; index++) value = value * 64 + codes[text[place + index]];
  return value;
};
const real = (text, place, count) => {
  view.setUint32(0, whole(text, place, count) * 2 ** (32 - 6 * count));
  return view.getFloat32(0);
};

// The groups' courses at once, single runs' when they are asked for.
for (const chart of data.charts) {
  const [first, width] = chart.grid;
  chart.courses = chart.groups.map(text => {
    const start = text ? whole(text, 0, 4) : 0;
    const points = [];
    for (let place = 4; place < text.length; place += 16) {
      const index = start + (place - 4) / 16;
      points.push({ from: first + index * width, epoch: first + index * width + (width - 1) / 2,
        value: real(text, place, 4), low: real(text, place + 4, 4), high: real(text, place + 8, 4),
        finite: whole(text, place + 12, 2), broken: whole(text, place + 14, 2) });
    }
    return points;
  });
  chart.single = [];
}
const run = (chart, index) => chart.single[index] ??= (() => {
  const text = chart.runs[index] || "", points = [];
  for (let place = 0; place < text.length; place += 6) {
    points.push({ epoch: chart.grid[0] + whole(text, place, 3) * chart.grid[4],
      value: real(text, place + 3, 3) });
  }
  return points;
})();
const members = data.groups.map(() => []);
data.runs.forEach(([, group], index) => { if (group >= 0) members[group].push(index); });

// Axes.
const even = (low, high, count) => {
  const extent = (high - low) / count, power = 10 ** Math.floor(Math.log10(extent));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= extent) ?? extent;
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index <= high / step + 1e-9 && ticks.length < 20; index++)
    ticks.push(index * step);
  return ticks;
};
const decades = (low, high) => {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.floor((last - first + 5) / 6));
  const extent = Math.log10(high / low), steps = extent > 3 ? [1] : extent > 1.6 ? [1, 3] : [1, 2, 5];
  const ticks = [];
  for (let decade = first; decade <= last; decade += every)
    for (const step of steps) ticks.push(step * 10 ** decade);
  const seen = ticks.filter(tick => tick >= low && tick <= high);
  return seen.length < 2 ? even(low, high, 4) : seen;
};
const shown = (value, digits = 4) => {
  if (!isFinite(value)) return isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞";
  const text = String(+value.toPrecision(digits));
  return text.replace("e+", "e").replace(/-/g, "−");
};
const isLog = index => !!data.charts[index].log !== state.flipped.has(index);
const axis = index => {
  const [low, high] = data.charts[index][isLog(index) ? "logarithmic" : "linear"];
  const place = isLog(index)
    ? value => value <= 0 ? -1 : Math.log(value / low) / Math.log(high / low)
    : value => (value - low) / (high - low);
  return { ticks: isLog(index) ? decades(low, high) : even(low, high, 5),
    place: value => Math.min(Math.max(place(value), -1), 2) };
};
const across = (chart, epoch) => {
  const [first, , , last] = chart.grid;
  return last > first ? (epoch - first) / (last - first) : 0.5;
};

// Exponential moving average without the bias of its start; what is not finite interrupts the line only.
const smoothed = points => {
  if (!state.smoothing) return points;
  let mean = 0, weight = 0;
  return points.map(point => {
    if (!isFinite(point.value)) return point;
    mean = mean * state.smoothing + (1 - state.smoothing) * point.value;
    weight = weight * state.smoothing + 1 - state.smoothing;
    return { ...point, value: mean / weight };
  });
};
const paths = (chart, points, place) => {
  let line = "", dots = "", stretch = [];
  const lift = () => {
    if (stretch.length === 1) dots += "M" + stretch[0] + "h0";
    if (stretch.length > 1) line += "M" + stretch.join("L");
    stretch = [];
  };
  for (const point of points) {
    if (!isFinite(point.value)) { lift(); continue; }
    stretch.push((across(chart, point.epoch) * 1000).toFixed(1) + " " + ((1 - place(point.value)) * 2400).toFixed(0));
  }
  lift();
  return { line, dots };
};
const band = (chart, points, place) => {
  if (!points.some(point => point.finite > 1)) return "";
  const at = (point, value) => (across(chart, point.epoch) * 1000).toFixed(1) + " " + ((1 - place(value)) * 2400).toFixed(0);
  let path = "", stretch = [];
  const close = () => {
    if (stretch.length) path += "M" + stretch.map(point => at(point, point.high))
      .concat(stretch.reverse().map(point => at(point, point.low))).join("L") + "Z";
    stretch = [];
  };
  for (const point of points) { if (point.finite) stretch.push(point); else close(); }
  close();
  return path;
};
const part = (group, name) => one("." + name, group) ?? (() => {
  const path = document.createElementNS(svg, "path");
  path.setAttribute("class", name);
  group.prepend(path);
  return path;
})();

// Draws a chart as the state says.
const draw = (figure, index) => {
  const chart = data.charts[index], { ticks, place } = axis(index);
  const frame = one(".frame", figure), y = value => ((1 - place(value)) * 2400).toFixed(0);
  one(".grid", frame).setAttribute("d", ticks.map(tick => "M0 " + y(tick) + "H1000").join(""));
  one(".threshold", frame)?.setAttribute("d", "M0 " + y(chart.threshold) + "H1000");
  if (chart.shaded) one(".shaded", frame)?.setAttribute("d",
    `M0 ${Math.max(y(chart.shaded[1]), 0)}H1000V${Math.min(y(chart.shaded[0]), 2400)}H0Z`);
  const labels = one(".ticks", figure);
  all(".yt", labels).forEach(tick => tick.remove());
  for (const tick of ticks) {
    const label = document.createElement("span");
    label.className = "yt";
    label.style.top = (1 - place(tick)) * 100 + "%";
    label.textContent = shown(tick, 6);
    labels.append(label);
  }
  const marked = one(".tt", labels);
  if (marked) marked.style.top = (1 - place(chart.threshold)) * 100 + "%";
  one(".beyond", figure).textContent = chart.beyond[isLog(index) ? 1 : 0];
  one(".scale", figure).textContent = isLog(index) ? " (log)" : "";
  const ends = [];
  for (const group of all(".drawing > g[data-g]", figure)) {
    const number = +group.dataset.g, raw = chart.courses[number], points = smoothed(raw);
    group.style.display = state.off.has(number) ? "none" : "";
    const { line, dots } = paths(chart, points, place);
    one(".m", group).setAttribute("d", line);
    one(".p", group).setAttribute("d", dots);
    one(".b", group)?.setAttribute("d", band(chart, raw, place));
    part(group, "w").setAttribute("d", state.smoothing ? paths(chart, raw, place).line : "");
    part(group, "r").setAttribute("d", !state.single || members[number].length < 2 ? "" :
      members[number].filter(index => !state.hidden.has(index)).map(index => {
        const course = paths(chart, run(chart, index), place);
        return course.line + course.dots;
      }).join(""));
    const last = points.findLast(point => isFinite(point.value));
    if (!last) continue;
    const end = Math.min(Math.max(1 - place(last.value), 0), 1) * height;
    one(".x", group)?.setAttribute("d", `M${(across(chart, last.epoch) * 1000).toFixed(1)} ${(end * 10).toFixed(0)}H1000`);
    if (!state.off.has(number)) ends.push({ number, end });
  }
  label(figure, ends);
  all(".strip path", figure).forEach(path => {
    path.style.display = state.off.has(+path.dataset.g) ? "none" : "";
  });
};
const label = (figure, ends) => {
  const spans = all(".end", figure), room = new Map(spans.map(span => [+span.dataset.g, span]));
  const leads = new Map(all(".lead path", figure).map(path => [+path.dataset.g, path]));
  const placed = ends.filter(({ number }) => room.has(number)).sort((a, b) => a.end - b.end);
  let next = 2;
  for (const each of placed) { each.y = Math.max(each.end, next); next = each.y + 16; }
  next = height - 2;
  for (const each of [...placed].reverse()) { each.y = Math.min(each.y, next); next = each.y - 16; }
  for (const span of spans) span.style.display = "none";
  for (const path of leads.values()) path.style.display = "none";
  for (const { number, end, y } of placed) {
    const span = room.get(number), path = leads.get(number);
    span.style.display = path.style.display = "";
    span.style.top = y + "px";
    path.setAttribute("d", `M0 ${end.toFixed(1)}L12 ${y.toFixed(1)}h8`);
  }
};

// What is under the pointer.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);
const mark = document.createElement("i");
mark.className = "mark";
const tell = (event, lines) => {
  tip.replaceChildren(...lines.map((line, index) => {
    const part = document.createElement(index ? "span" : "b");
    const text = document.createElement("bdi");
    text.textContent = line;
    part.append(text);
    return part;
  }));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4)) + "px";
  tip.style.top = (event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18) + "px";
};
const figures = all(".chart");
let emphasised = null;
const emphasise = (figure, number) => {
  if (emphasised === figure + number) return;
  emphasised = figure + number;
  all(".drawing > g[data-g]", figures[figure]).forEach(group => {
    group.classList.toggle("dim", number !== null && +group.dataset.g !== number);
  });
};
figures.forEach((figure, index) => {
  const area = one(".area", figure), chart = data.charts[index];
  const leave = () => { tip.hidden = true; mark.remove(); emphasise(index, null); };
  const look = event => {
    const box = area.getBoundingClientRect(), { place } = axis(index);
    const left = event.clientX - box.left, top = event.clientY - box.top;
    if (left < -8 || left > box.width + 8) return leave();
    let best = null;
    const consider = (point, group, member) => {
      if (!isFinite(point.value)) return;
      const x = across(chart, point.epoch) * box.width, y = (1 - place(point.value)) * height;
      const far = (x - left) ** 2 * 4 + (y - top) ** 2;
      if (!best || far < best.far) best = { far, x, y, point, group, member };
    };
    chart.courses.forEach((points, group) => {
      if (state.off.has(group)) return;
      smoothed(points).forEach(point => consider(point, group, null));
      if (state.single) for (const member of members[group]) {
        if (!state.hidden.has(member)) run(chart, member).forEach(point => consider(point, group, member));
      }
    });
    if (!best || best.y < -40 || best.y > height + 40) return leave();
    const { point, group, member } = best;
    const raw = member === null ? chart.courses[group].find(each => each.epoch === point.epoch) : point;
    const width = chart.grid[1];
    const lines = [member === null ? `${group + 1} ${data.groups[group]}` : data.runs[member][0],
      member === null && width > 1 ? `epochs ${raw.from}–${raw.from + width - 1}` : `epoch ${shown(point.epoch, 9)}`];
    if (member !== null) lines.push(shown(point.value, 3), `group ${group + 1} ${data.groups[group]}`);
    else {
      lines.push((raw.finite > 1 ? "median " : "") + shown(raw.value));
      if (state.smoothing) lines.push(`smoothed ${shown(point.value)}`);
      if (raw.finite > 1) lines.push(`band ${shown(raw.low)} to ${shown(raw.high)}`);
      lines.push(`${raw.finite} finite value${raw.finite === 1 ? "" : "s"}, ${raw.broken} non-finite, ${data.sizes[group]} run${data.sizes[group] === 1 ? "" : "s"}`);
    }
    mark.style.left = best.x + "px";
    mark.style.top = Math.min(Math.max(best.y, 0), height) + "px";
    area.append(mark);
    emphasise(index, group);
    tell(event, lines);
  };
  area.addEventListener("pointermove", look);
  area.addEventListener("pointerdown", look);
  area.addEventListener("pointerleave", leave);
  const strip = one(".strip", figure);
  strip?.addEventListener("pointermove", event => {
    const box = strip.getBoundingClientRect(), found = [];
    chart.courses.forEach((points, group) => points.forEach(point => {
      const far = Math.abs(across(chart, point.epoch) * box.width - (event.clientX - box.left));
      if (point.broken && far < 8 && !state.off.has(group)) found.push({ far, group, point });
    }));
    found.sort((a, b) => a.far - b.far);
    if (!found.length) { tip.hidden = true; return; }
    tell(event, ["non-finite", ...found.slice(0, 5).map(({ group, point }) =>
      `epoch ${shown(point.from, 9)}: ${point.broken} in ${group + 1} ${data.groups[group]}`)]);
  });
  strip?.addEventListener("pointerleave", leave);
});

// Parallel coordinates.
const select = one("#metric"), kind = one("#value"), parallel = one(".parallel");
const standard = select && { metric: select.value, value: kind.value };
const spreadRuns = () => {
  if (!parallel) return;
  const chart = data.charts[+select.value], value = +kind.value, low = value === 0 || value === 2;
  const lines = all("path[data-r]", parallel), words = ["lowest", "highest", "last", "last"];
  const entries = lines.map(line => {
    const place = +line.dataset.r * 13;
    return { line, known: whole(chart.last, place + 12, 1),
      value: real(chart.last, place + 4 * Math.min(value, 2), 4) };
  });
  const finite = entries.filter(entry => isFinite(entry.value)).sort((a, b) => low ? a.value - b.value : b.value - a.value);
  finite.forEach((entry, rank) => { entry.shade = Math.floor(rank * 5 / finite.length); });
  const values = finite.map(entry => entry.value);
  let least = Math.min(...values), most = Math.max(...values);
  if (!values.length) [least, most] = [0, 1];
  const extent = most - least || Math.abs(most) * 0.1 || 1;
  least -= extent * 0.05; most += extent * 0.05;
  const result = one(".axis.result", parallel), x = parseFloat(result.style.left) * 10;
  const count = all(".axis", parallel).length;
  for (const { line, known, value, shade } of entries) {
    const path = line.dataset.d, ends = path.match(/[ML]/g)?.length === count - 1;
    const y = isFinite(value) ? 1 - (value - least) / (most - least) : -0.04;
    line.setAttribute("d", path + (known && ends ? `L${x.toFixed(0)} ${(y * 2400).toFixed(0)}` : ""));
    line.setAttribute("class", "s" + (shade ?? 5));
  }
  entries.sort((a, b) => (b.shade ?? 5) - (a.shade ?? 5)).forEach(entry => entry.line.parentNode.append(entry.line));
  one("b", result).textContent = `${chart.title}, ${words[value]}`;
  all("span", result).forEach(tick => tick.remove());
  for (const tick of even(least, most, 5)) {
    const span = document.createElement("span");
    span.textContent = shown(tick);
    span.style.top = (1 - (tick - least) / (most - least)) * 100 + "%";
    result.append(span);
  }
};
parallel?.addEventListener("pointermove", event => {
  const line = event.target.closest?.("path[data-r]");
  if (!line) { tip.hidden = true; return; }
  const index = +line.dataset.r, chart = data.charts[+select.value];
  const place = index * 13, [name, group] = data.runs[index];
  tell(event, [name, ...(group < 0 ? [] : [`group ${group + 1} ${data.groups[group]}`]),
    ...["lowest", "highest", "last"].map((word, each) =>
      `${chart.title}, ${word}: ${whole(chart.last, place + 12, 1) ? shown(real(chart.last, place + 4 * each, 4)) : "–"}`)]);
});
parallel?.addEventListener("pointerleave", () => { tip.hidden = true; });

// The state in the address.
const indices = text => (text || "").split(",").filter(part => /^\d+$/.test(part)).map(Number);
const write = () => {
  const parts = new URLSearchParams();
  if (state.smoothing) parts.set("smoothing", state.smoothing);
  if (state.single !== usual) parts.set("single", state.single ? 1 : 0);
  if (state.off.size) parts.set("off", [...state.off].join());
  if (state.hidden.size) parts.set("hidden", [...state.hidden].join());
  if (state.flipped.size) parts.set("axis", [...state.flipped].join());
  if (select && select.value !== standard.metric) parts.set("metric", select.value);
  if (kind && kind.value !== standard.value) parts.set("value", kind.value);
  if (differences && !differences.checked) parts.set("differences", 0);
  const hash = parts.toString();
  try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); }
  catch { location.hash = hash; }
};
const read = () => {
  const parts = new URLSearchParams(location.hash.slice(1));
  const smoothing = parseFloat(parts.get("smoothing"));
  state.smoothing = smoothing > 0 ? Math.min(smoothing, 0.99) : 0;
  state.single = parts.has("single") ? parts.get("single") === "1" : usual;
  state.off = new Set(indices(parts.get("off")));
  state.hidden = new Set(indices(parts.get("hidden")));
  state.flipped = new Set(indices(parts.get("axis")));
  if (select) {
    for (const [field, name] of [[select, "metric"], [kind, "value"]]) {
      field.value = parts.get(name) ?? standard[name];
      if (field.selectedIndex < 0) field.value = standard[name];
    }
  }
  if (differences) differences.checked = parts.get("differences") !== "0";
};
const differences = one("#differences"), slider = one("#smoothing"), single = one("#single");
const show = () => {
  slider.value = state.smoothing;
  one("output", slider.parentNode).textContent = state.smoothing.toFixed(2);
  single.checked = state.single;
  all(".legend [data-g]").forEach(box => { box.checked = !state.off.has(+box.dataset.g); });
  all(".members [data-m]").forEach(box => { box.checked = !state.hidden.has(+box.dataset.m); });
  figures.forEach((figure, index) => {
    one(".logarithmic", figure).checked = isLog(index);
    draw(figure, index);
  });
};
let waiting = false;
const change = () => {
  write();
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; show(); }, 16);
};
slider.addEventListener("input", () => { state.smoothing = +slider.value; change(); });
single.addEventListener("change", () => { state.single = single.checked; change(); });
const toggle = (set, index, isOff) => { if (isOff) set.add(index); else set.delete(index); };
all(".legend [data-g]").forEach(box => box.addEventListener("change", () => {
  toggle(state.off, +box.dataset.g, !box.checked);
  change();
}));
one("#all").addEventListener("click", () => { state.off.clear(); change(); });
one("#none").addEventListener("click", () => { state.off = new Set(data.groups.keys()); change(); });
figures.forEach((figure, index) => one(".logarithmic", figure).addEventListener("change", () => {
  toggle(state.flipped, index, !state.flipped.has(index));
  change();
}));
for (const field of [select, kind]) field?.addEventListener("change", () => { write(); spreadRuns(); });
differences?.addEventListener("change", write);

// Which single runs are drawn: a list that is made when it is opened.
const list = document.createElement("details"), heading = document.createElement("summary");
list.className = "members";
heading.textContent = "single runs in the charts";
list.append(heading);
one(".legend").after(list);
list.addEventListener("toggle", () => {
  if (!list.open || list.children.length > 1) return;
  const items = document.createElement("div");
  data.runs.forEach(([name, group], index) => {
    if (group < 0 || index >= data.charts[0].runs.length) return;
    const item = document.createElement("label"), box = document.createElement("input");
    const text = document.createElement("bdi");
    box.type = "checkbox";
    box.dataset.m = index;
    box.checked = !state.hidden.has(index);
    box.addEventListener("change", () => {
      toggle(state.hidden, index, !box.checked);
      state.single = true;
      change();
    });
    text.textContent = `${name} (${group + 1})`;
    item.append(box, text);
    items.append(item);
  });
  list.append(items);
});

const start = () => {
  read();
  show();
  if (select && (select.value !== standard.metric || kind.value !== standard.value)) spreadRuns();
};
if (location.hash.length > 1) start(); else { single.checked = usual; }
addEventListener("hashchange", () => { start(); if (select) spreadRuns(); });
})();
