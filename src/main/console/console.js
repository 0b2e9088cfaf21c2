'use strict';
// Shows the JSON of the developer console. Whatever clients and services wrote reaches the page as text only.
(() => {
  const INTERVAL = 2000;
  const WINDOW = 600;
  const byId = id => document.getElementById(id);
  const history = new Map(); // by target: the columns of its samples
  const charts = new Map(); // by name: uPlot and its data
  const drawn = new Map(); // by section: what it shows
  let since = 0;
  let started = 0;
  let lostAt = 0;
  let paused = false;

  // --- text ---
  const number = n => Number(n).toLocaleString('en', {maximumFractionDigits: n < 10 ? 1 : 0});
  const clock = ms => {
    const time = new Date(ms);
    const hours = time.toLocaleTimeString('en-GB');
    return time.toDateString() === new Date().toDateString() ? hours : time.toLocaleDateString('en-CA') + ' ' + hours;
  };
  const duration = ms => {
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 60) return s + ' s';
    if (s < 3600) return Math.floor(s / 60) + ' min ' + s % 60 + ' s';
    if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
    return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
  };
  const millis = ms => ms >= 1000 ? number(ms / 1000) + ' s' : number(ms) + ' ms';

  // --- elements ---
  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children.filter(child => child !== null && child !== undefined));
    return element;
  }
  const badge = (text, level) => el('span', {class: 'badge ' + (level || '')}, text);
  /** Draws a part anew only if it has changed, so that a selection or the focus stays. */
  function draw(parent, state, make) {
    const text = JSON.stringify(state);
    if (drawn.get(parent) !== text) {
      drawn.set(parent, text);
      parent.replaceChildren(...make(state));
    }
  }
  /** A row whose cells are named, for narrow screens. */
  const row = (...cells) => el('tr', {}, ...cells.map(([label, content, kind]) =>
      el('td', {'data-label': label, class: kind || ''}, el('div', {}, ...[content].flat()))));

  // --- charts ---
  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const hhmm = seconds => new Date(seconds * 1000).toTimeString().slice(0, 5);
  const axis = extra => ({
    stroke: color('quiet'), grid: {stroke: color('line'), width: 1}, ticks: {show: false}, font: '11px system-ui', ...extra,
  });
  function chart(name, parent, series, data, height, window) {
    const known = charts.get(name);
    if (known && known.parent === parent) {
      known.data = data;
      known.plot.setData(data);
      return;
    }
    if (typeof uPlot === 'undefined') return;
    if (known) known.close();
    const options = {
      width: Math.max(100, parent.clientWidth), height,
      legend: {show: false}, cursor: {y: false, points: {size: 6}},
      scales: {
        x: window ? {range: (u, from, to) => [Math.max(to - window, Math.min(from, to - 60)), to]} : {},
        y: window ? {range: (u, min, max) => [0, Math.max(1, (max || 0) * 1.15)]} : {},
      },
      axes: [axis({values: (u, ticks) => ticks.map(hhmm), space: 60, size: 26, incrs: [60, 120, 300, 600, 1800, 3600, 21600, 86400]}), axis({size: 46, space: 26, values: (u, ticks) => ticks.map(number)})],
      series: [{}, ...series.map(([line, fill]) => ({
        stroke: color(line), width: 1.6, fill: fill ? color(line) + '22' : undefined, points: {show: !window && data[0].length < 40, size: 4},
      }))],
    };
    const plot = new uPlot(options, data, parent);
    const observer = new ResizeObserver(() => plot.setSize({width: Math.max(100, parent.clientWidth), height}));
    observer.observe(parent);
    charts.set(name, {plot, parent, data, close: () => { observer.disconnect(); plot.destroy(); charts.delete(name); }});
  }
  function forgetCharts(isGone) {
    [...charts].filter(([name]) => isGone(name)).forEach(([, known]) => known.close());
  }

  // --- state ---
  const HEADLINES = {up: '✓ Everything works', warning: '! Needs attention', down: '✕ Not working'};
  function drawState(json) {
    const section = byId('state');
    section.className = 'state ' + json.state;
    document.title = (json.state === 'up' ? '' : HEADLINES[json.state] + ' · ') + 'MQTT–Pachube bridge';
    byId('headline').textContent = HEADLINES[json.state];
    const waiting = json.targets.reduce((sum, t) => sum + t.waiting, 0);
    draw(byId('problems'), json.problems.length ? json.problems : {waiting, targets: json.targets.length}, state =>
      json.problems.length
        ? json.problems.map(p => el('li', {},
            p.since ? el('b', {}, 'Since ' + clock(p.since) + ': ') : null, p.text, el('a', {href: '#' + p.section}, 'Details')))
        : [el('li', {}, 'The broker is connected, ' + (state.targets === 1 ? 'the target answers' : 'all targets answer')
            + ', and no message failed in the last 10 minutes.')]);
  }
  const last = (target, name) => {
    const column = (history.get(target.name) || {})[name] || [];
    return column.length ? column[column.length - 1] : 0;
  };
  function drawFigures(json) {
    const sum = f => json.targets.reduce((total, t) => total + f(t), 0);
    const max = f => json.targets.reduce((most, t) => Math.max(most, f(t)), 0);
    const behind = max(t => t.oldest);
    const failed = sum(t => t.rejected + t.abandoned);
    const figures = [
      ['Behind', duration(behind < 2000 ? 0 : behind), behind > 30000 ? 'warning' : '', 'age of the oldest message'],
      ['Waiting', number(sum(t => t.waiting)), '', 'messages'],
      ['Delivered', number(sum(t => last(t, 'delivered'))) + '/s', '', number(sum(t => t.delivered)) + ' since the start'],
      ['Request time', max(t => last(t, 'average')) ? millis(max(t => last(t, 'average'))) : '–', '', 'average of the last 2 s'],
      ['Failed', number(failed), failed ? 'warning' : '', 'messages since the start'],
    ];
    draw(byId('figures'), figures, () => figures.map(([name, value, level, note]) =>
      el('div', {class: 'figure ' + level}, el('span', {class: 'quiet'}, name), el('b', {}, value), el('span', {class: 'quiet'}, note))));
  }

  // --- targets ---
  const LINES = [
    ['rate', 'Messages per second', [['first', true, 'delivered'], ['bad', false, 'failed']]],
    ['waiting', 'Waiting', [['first', true, 'waiting']]],
    ['time', 'Request time, ms', [['first', false, 'average'], ['second', false, 'slowest']]],
  ];
  const KEY = {first: '', second: 'second', bad: 'bad'};
  function remember(target) {
    const columns = history.get(target.name) || {};
    const oldest = Date.now() - WINDOW * 1000;
    const known = columns.time || [];
    const latest = known.length ? known[known.length - 1] : 0;
    const from = target.samples.time.filter(time => time <= latest).length; // two answers may cross
    const times = [...known, ...target.samples.time.slice(from)];
    const skip = times.filter(time => time < oldest).length;
    Object.keys(target.samples).forEach(name => {
      columns[name] = [...(columns[name] || []), ...target.samples[name].slice(from)].slice(skip);
    });
    history.set(target.name, columns);
    if (times.length) since = Math.max(since, times[times.length - 1]);
  }
  function targetState(t) {
    if (t.state === 'outage') return badge('Out since ' + clock(t.since), 'down');
    return t.state === 'unconsumed' ? badge('No route consumes it', 'down') : badge('Answers');
  }
  function drawTargets(json) {
    const list = byId('target-list');
    const isUsed = t => t.received > 0;
    const rank = t => t.state !== 'up' ? 0 : isUsed(t) ? 1 : 2;
    const targets = [...json.targets].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
    draw(list, targets.map(t => [t.name, isUsed(t)]), all => all.length ? all.map(([name, used]) => el('div', {class: 'target', 'data-name': name},
      el('div', {class: 'target-head'}), el('dl', {}),
      !used ? el('p', {class: 'quiet'}, 'No message yet.') : el('div', {class: 'charts'}, ...LINES.map(([id, title, lines]) => el('figure', {},
        el('figcaption', {}, title, el('span', {}, ...lines.length > 1 ? lines.map(([line, , text]) => el('i', {class: 'key ' + KEY[line]}, text + ' ')) : [])),
        el('div', {class: 'chart', role: 'img', 'data-chart': id}))))))
      : [el('p', {class: 'quiet'}, 'No route delivers yet.')]);
    targets.forEach((t, i) => {
      const card = list.children[i];
      draw(card.querySelector('.target-head'), [t.state, t.since, t.reason, t.state === 'outage' ? Math.floor(json.now / 1000) : 0], () => [
        el('h3', {}, 'delivery:' + t.name), targetState(t),
        t.state === 'outage' ? el('span', {}, '(' + duration(json.now - t.since) + ')') : null,
        t.reason ? el('span', {class: 'reason'}, t.reason) : null,
      ].filter(Boolean));
      if (!isUsed(t)) return;
      const facts = [
        ['Waiting', number(t.waiting)], ['In flight', number(t.inFlight)],
        ['Oldest', t.waiting + t.inFlight ? duration(t.oldest) : '–'], ['Delayed', number(t.delayed)],
        ['Delivered', number(t.delivered)], ['Rejected', number(t.rejected)], ['Abandoned', number(t.abandoned)],
      ].concat(t.probation ? [['On probation', number(t.probation)]] : []);
      draw(card.querySelector('dl'), facts, () => facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
      const columns = history.get(t.name);
      LINES.forEach(([id, title, lines]) => {
        const parent = card.querySelector('[data-chart=' + id + ']');
        parent.setAttribute('aria-label', title + ': ' + lines.map(([, , name]) => name + ' ' + number(last(t, name))).join(', '));
        chart('t/' + t.name + '/' + id, parent, lines, [columns.time.map(ms => ms / 1000), ...lines.map(([, , name]) => columns[name])], 120, WINDOW);
      });
    });
    forgetCharts(name => name.startsWith('t/') && !json.targets.some(t => name.startsWith('t/' + t.name + '/')));
  }

  // --- tables ---
  const why = r => [el('b', {}, [r.status, r.error].filter(Boolean).join(' ')), el('div', {}, r.message || ''),
    el('div', {class: 'quiet'}, [r.payload === undefined ? '' : 'Payload: ' + r.payload, r.attempts ? r.attempts + (r.attempts === 1 ? ' attempt' : ' attempts') : '']
      .filter(Boolean).join(' · '))];
  const reportRow = r => row(['Last', clock(r.last), 'time'], ['Topic', el('code', {}, r.topic || '(none)')], ['Why', why(r)], ['Times', number(r.count), 'number']);
  function drawReports(json) {
    byId('no-reports').hidden = json.failed.length + json.delayed.length > 0;
    byId('failed').hidden = !json.failed.length;
    draw(byId('failed').tBodies[0], json.failed, all => all.map(reportRow));
    const delayed = byId('delayed');
    delayed.hidden = !json.delayed.length;
    delayed.querySelector('summary').textContent = 'Messages on ' + json.delayed.length + ' topic' + (json.delayed.length === 1 ? '' : 's') + ' were delayed and retried';
    draw(delayed.querySelector('tbody'), json.delayed, all => all.map(reportRow));
  }
  function drawBroker(json) {
    byId('broker-url').textContent = json.broker.url;
    draw(byId('clients'), json.broker.clients, all => all.map(c => row(['Client', el('code', {}, c.id)],
      ['State', c.connected ? badge('Connected') : badge('Disconnected since ' + clock(c.since), 'down')],
      ['Received', number(c.received), 'number'], ['Unacknowledged', number(c.unacknowledged), 'number'], ['Published', number(c.published), 'number'])));
  }
  function drawRoutes(json) {
    draw(byId('route-rows'), json.routes, all => all.flatMap(f => [
      ...(f.error ? [el('tr', {}, el('td', {colspan: 4, class: 'error', 'data-label': 'Error'}, el('div', {},
        badge('Reload failed at ' + clock(f.errorAt), 'warning'), ' ', f.error, f.routes.length ? ' Its former routes run.' : '')))] : []),
      ...(f.routes.length ? f.routes : [{id: '–', from: '', state: ''}]).map((r, i) => row(['File', i ? '' : el('code', {}, f.file)], ['Route', [el('b', {}, r.id), el('div', {class: 'quiet'}, r.description || '')]],
        ['From', el('code', {}, r.from || '')], ['State', r.state ? badge(r.state, r.state === 'Started' ? '' : 'down') : ''])),
    ]));
  }
  function drawTriggers(json) {
    const rows = [
      ...json.subscriptions.map(s => [s.kind, s.environment, s.datastream, s.kind === 'mirror' ? 'its topic, with /value' : s.topic, s.last ? 'value of ' + clock(s.last) : 'no value yet']),
      ...json.triggers.filter(t => !t.topic.endsWith('/value')).map(t => ['trigger ' + t.id, t.environment, t.datastream, t.topic, t.state + ' ' + clock(t.at)]),
    ];
    byId('no-triggers').hidden = rows.length > 0;
    byId('trigger-table').hidden = !rows.length;
    draw(byId('trigger-table').tBodies[0], rows, all => all.map(r =>
      row(['Kind', r[0]], ['Feed', r[1]], ['Datastream', el('code', {}, r[2])], ['Publishes to', el('code', {}, r[3])], ['Latest', r[4]])));
  }

  // --- sandbox ---
  function drawSandbox(json) {
    document.querySelectorAll('.sandbox').forEach(part => { part.hidden = !json.feeds; });
    if (!json.feeds) return;
    draw(byId('feed'), json.feeds.map(f => [f.id, f.title]), all => all.map(([id, title]) => el('option', {value: id}, id + ' ' + title)));
    draw(byId('datastreams'), [...new Set(json.feeds.flatMap(f => f.datastreams.map(d => d.id)))], ids => ids.map(id => el('option', {value: id})));
    if (!byId('datastream').value && document.activeElement !== byId('datastream') && json.feeds[0] && json.feeds[0].datastreams[0]) {
      byId('datastream').value = json.feeds[0].datastreams[0].id;
    }
    const list = byId('feeds');
    draw(list, json.feeds.map(f => [f.id, f.title, f.datastreams.map(d => d.id)]), all => all.map(([id, title, streams]) => el('div', {class: 'feed'},
      el('h3', {}, 'Feed ' + id + ' ', el('span', {class: 'quiet'}, title)),
      el('div', {class: 'charts'}, ...streams.map(name => el('figure', {}, el('figcaption', {}, el('span', {}, name), el('b', {})), el('div', {class: 'chart', role: 'img'})))))));
    json.feeds.forEach((f, i) => f.datastreams.forEach((d, j) => {
      const figure = list.children[i].querySelectorAll('figure')[j];
      const text = d.value === undefined ? 'no value yet' : d.value + '  at ' + clock(d.at);
      figure.querySelector('b').textContent = text;
      const parent = figure.querySelector('.chart');
      parent.setAttribute('aria-label', d.id + ': ' + text);
      if (d.times.length) chart('f/' + f.id + '/' + d.id, parent, [['first', false]], [d.times.map(ms => ms / 1000), d.values], 120, 0);
    }));
    forgetCharts(name => name.startsWith('f/') && !json.feeds.some(f => f.datastreams.some(d => name === 'f/' + f.id + '/' + d.id)));
  }
  byId('publish').addEventListener('submit', async event => {
    event.preventDefault();
    const output = byId('published');
    output.className = '';
    output.textContent = 'Publishing …';
    try {
      const response = await fetch('console/publish', {
        method: 'POST',
        headers: {'Content-Type': 'application/json', 'X-Pachube-Console': 'form'},
        body: JSON.stringify({environment: byId('feed').value, datastream: byId('datastream').value, value: byId('value').value}),
      });
      const text = await response.text();
      output.textContent = response.ok ? 'Published ' + byId('value').value + ' at ' + clock(Date.now()) : text;
      output.className = response.ok ? '' : 'error';
      if (response.ok) byId('value').select();
    } catch (e) {
      output.className = 'error';
      output.textContent = 'The bridge does not answer';
    }
    refresh();
  });

  // --- refresh ---
  function show(json) {
    if (json.started !== started) { // another process
      started = json.started;
      history.clear();
      forgetCharts(() => true);
      drawn.clear();
    }
    json.targets.forEach(remember);
    byId('about').textContent = [json.context, json.version, 'up ' + duration(json.now - json.started)].filter(Boolean).join(' · ');
    byId('clock').textContent = clock(json.now);
    drawState(json);
    drawFigures(json);
    drawTargets(json);
    drawSandbox(json);
    drawReports(json);
    drawBroker(json);
    drawRoutes(json);
    drawTriggers(json);
  }
  async function refresh() {
    try {
      const response = await fetch('console/data?since=' + since, {cache: 'no-store'});
      if (!response.ok) throw new Error(response.status);
      show(await response.json());
      lostAt = 0;
    } catch (e) {
      lostAt = lostAt || Date.now();
      if (e instanceof TypeError || e.message.match(/^\d+$/)) {
        byId('state').className = 'state down';
        byId('headline').textContent = '✕ The bridge does not answer';
        drawn.delete(byId('problems'));
        byId('problems').replaceChildren(el('li', {}, 'Since ' + clock(lostAt) + ' the page shows the last known state. Is the process running?'));
      } else {
        throw e;
      }
    }
  }
  byId('pause').addEventListener('click', () => {
    paused = !paused;
    byId('pause').setAttribute('aria-pressed', paused);
    byId('pause').textContent = paused ? 'Resume' : 'Pause';
    if (!paused) refresh();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { forgetCharts(() => true); refresh(); });
  async function loop() {
    if (!paused && !document.hidden) await refresh().catch(e => console.error(e));
    setTimeout(loop, INTERVAL);
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !paused) refresh(); });
  loop();
})();
