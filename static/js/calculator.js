/* Only adds: the result anew while one types, the address that opens it, copying that address. The page works without. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-calculator]");
  var told = document.querySelector("[data-told]");
  if (!form || !told) { return; }

  function address() {
    var query = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && value.trim() !== "") { query.append(name, value.trim()); }
    });
    var text = query.toString();
    return form.getAttribute("action").split("#")[0] + (text ? "?" + text : "");
  }

  function offerCopy() {
    var button = document.querySelector("[data-copy]");
    if (button && navigator.clipboard) { button.hidden = false; }
  }

  // Leaving a field says at that field what is wrong; the one where somebody types is left in peace.
  function mark(fresh) {
    fresh.querySelectorAll(".question").forEach(function (theirs) {
      var ours = document.getElementById(theirs.id), line = theirs.querySelector(".error");
      if (!ours || ours.contains(document.activeElement)) { return; }
      ours.querySelectorAll(".error").forEach(function (old) { old.remove(); });
      ours.classList.toggle("question--error", !!line);
      var field = ours.querySelector("input, select"), model = theirs.querySelector("input, select");
      if (line) {
        var before = ours.querySelector(".reason, .question__title");
        before.parentNode.insertBefore(document.importNode(line, true), before.nextSibling);
      }
      ["aria-invalid", "aria-describedby"].forEach(function (name) {
        if (model.hasAttribute(name)) { field.setAttribute(name, model.getAttribute(name)); } else { field.removeAttribute(name); }
      });
    });
  }

  // "Fill in an example" would replace what somebody typed: from then on it is "Start again".
  function way(fresh) {
    var ours = form.querySelector("[data-way]"), theirs = fresh.querySelector("[data-way]");
    if (!ours || !theirs || ours.getAttribute("href") === theirs.getAttribute("href")) { return; }
    ours.setAttribute("href", theirs.getAttribute("href"));
    ours.textContent = theirs.textContent;
  }

  // On a narrow screen the result begins far below: its first value in one line, which leads there.
  function peek() {
    var line = document.querySelector("[data-peek]"), brief = document.getElementById("result").getAttribute("data-brief");
    if (!line) { return; }
    var came = line.hidden && !!brief;
    line.hidden = !brief;
    line.textContent = brief ? brief + ": see the result" : "";
    // It covers no field in which somebody types.
    if (came && form.contains(document.activeElement)) { document.activeElement.scrollIntoView({ block: "nearest" }); }
  }

  // What was marked belongs to numbers that have changed since; a summary in which somebody reads stays.
  function unmark() {
    var summary = document.getElementById("errors");
    if (summary && !summary.contains(document.activeElement)) { summary.remove(); }
    form.querySelectorAll(".question--error").forEach(function (question) {
      question.classList.remove("question--error");
      question.querySelectorAll(".error").forEach(function (line) { line.remove(); });
      question.querySelectorAll("[aria-invalid]").forEach(function (field) { field.removeAttribute("aria-invalid"); });
    });
  }

  // Heard once the figure stands still, not at every digit.
  var saying = 0, heard = "";
  function say(text) {
    clearTimeout(saying);
    if (!text) { told.textContent = heard = ""; return; }
    saying = setTimeout(function () { if (heard !== text) { told.textContent = heard = text; } }, 1200);
  }

  // The unit beside an amount follows the currency chosen.
  function units(fresh) {
    fresh.querySelectorAll(".number input").forEach(function (theirs) {
      var ours = document.getElementById(theirs.id);
      var cell = ours && ours.parentNode.querySelector(".number__unit");
      var unit = theirs.parentNode.querySelector(".number__unit");
      if (cell) { cell.remove(); }
      if (ours && unit) { ours.parentNode.appendChild(document.importNode(unit, true)); }
    });
  }

  function named(box, what) {
    return Array.prototype.slice.call(box.querySelectorAll(what)).filter(function (one) { return one.type !== "hidden"; });
  }
  function same(one) { return function (other) { return (one.id || one.textContent) === (other.id || other.textContent); }; }

  // The result anew in its place; what is open in it stays open, and who reads in it stays where they are.
  function show(fresh) {
    var old = document.getElementById("result"), result = document.importNode(fresh, true), focus = "a, button, input, summary";
    var at = old.contains(document.activeElement) ? document.activeElement : null;
    named(old, "details[open] > summary").forEach(function (open) {
      named(result, "summary").filter(same(open)).forEach(function (summary) { summary.parentNode.open = true; });
    });
    old.replaceWith(result);
    peek();
    offerCopy();
    if (at) { (named(result, focus).filter(same(at))[0] || result).focus({ preventScroll: true }); }
  }

  // Never an old figure beside new numbers without a word.
  function stale() {
    var result = document.getElementById("result");
    if (result.querySelector("[data-stale]")) { return; }
    var note = document.createElement("p");
    note.className = "note";
    note.setAttribute("data-stale", "");
    note.textContent = "The numbers have changed since. Press Calculate to see what they come to.";
    result.insertBefore(note, result.firstChild);
    result.setAttribute("data-brief", "The numbers have changed");
    peek();
    say(note.textContent);
  }

  var timer = 0, asking = null, shown = null, wrong = null, left = false;
  // A document that the browser itself reads runs no script, and needs no markup from us.
  function ask() {
    var where = address();
    if (asking) { asking.abort(); }
    // Leaving a field tells of a change that was shown while it was typed.
    if (where === shown) {
      if (left && wrong) { mark(wrong); }
      say(document.getElementById("result").getAttribute("data-said"));
      return;
    }
    shown = wrong = null;
    asking = new XMLHttpRequest();
    asking.open("GET", where);
    asking.responseType = "document";
    asking.setRequestHeader("X-Requested-With", "fetch");
    asking.onerror = stale;
    asking.onload = function () {
      var good = this.response && (this.status === 200 || this.status === 422);
      var fresh = good && this.response.getElementById("result");
      if (!fresh) { stale(); return; }
      shown = where;
      units(this.response);
      way(this.response);
      show(fresh);
      say(fresh.getAttribute("data-said"));
      if (this.status === 200) { unmark(); history.replaceState(null, "", where); return; }
      wrong = this.response;
      if (left) { mark(wrong); }
    };
    asking.send();
  }
  function soon(event) {
    left = event.type === "change";
    clearTimeout(timer);
    clearTimeout(saying);
    timer = setTimeout(ask, 400);
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", function () { clearTimeout(timer); if (asking) { asking.abort(); } });

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-copy]");
    var field = button && document.getElementById(button.getAttribute("data-copy"));
    if (!field) { return; }
    navigator.clipboard.writeText(field.value).then(
      function () { button.textContent = "Copied"; told.textContent = "The link is copied."; },
      function () { field.focus(); field.select(); }
    );
  });
  offerCopy();
  peek();
})();
