// Keeps the page as it is on the server, by server-sent events. Without it the
// page asks for itself every few seconds; nothing else depends on it.
(function () {
  "use strict";
  var state = document.getElementById("live");
  var busy = false;
  var again = false;
  var last = Date.now();

  function say(lost) {
    if (!state) return;
    state.textContent = lost ? state.dataset.lost : state.dataset.live;
    state.className = lost ? "lost" : "live";
    state.setAttribute("role", lost ? "alert" : "none");
  }

  // The new page's content, with what the reader has opened and where they are.
  function put(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var next = page.querySelector("main");
    var main = document.querySelector("main");
    if (!next || !main || !page.querySelector("body.desk")) return false;
    var opened = [];
    main.querySelectorAll("details[open][id]").forEach(function (one) { opened.push(one.id); });
    var at = document.activeElement;
    var where = at && main.contains(at) ? at.getAttribute("href") || at.id : null;
    main.replaceWith(next);
    opened.forEach(function (id) {
      var one = document.getElementById(id);
      if (one) one.open = true;
    });
    if (where) {
      var same = Array.prototype.find.call(next.querySelectorAll("a,summary,button"), function (one) {
        return one.getAttribute("href") === where || one.id === where;
      });
      if (same) same.focus({ preventScroll: true });
    }
    var now = page.getElementById("now");
    var old = document.getElementById("now");
    if (now && old) old.textContent = now.textContent;
    document.title = page.title;
    document.body.className = page.body.className;
    var band = page.querySelector("header .band");
    var shown = document.querySelector("header .band");
    if (band && shown) shown.replaceWith(band);
    else if (band) document.querySelector("header").prepend(band);
    else if (shown) shown.remove();
    return true;
  }

  function load() {
    if (busy) { again = true; return; }
    busy = true;
    again = false;
    fetch(location.href, { credentials: "same-origin", headers: { "X-Requested-By": "board" } })
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
      .then(function (text) { if (put(text)) { last = Date.now(); say(false); } else { location.reload(); } })
      .catch(function () { say(true); })
      .then(function () {
        busy = false;
        if (again) setTimeout(load, 1000);
      });
  }

  if (!window.EventSource || !document.body.dataset.live) return;
  var source = new EventSource("/live");
  source.addEventListener("changed", load);
  source.addEventListener("hello", function () { say(false); });
  source.onerror = function () { say(true); };
  // Why: what changes with the time alone, a stage's countdown, no event tells.
  setInterval(function () { if (Date.now() - last > 15000) load(); }, 5000);
})();
