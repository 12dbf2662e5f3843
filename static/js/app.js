/* Only adds: saving while one answers, the keys 1 to 5, live progress, focus on the error summary. No page needs it. */
(function () {
  "use strict";
  var errors = document.getElementById("errors");
  if (errors) { errors.focus(); }

  // A click on an error goes to the control itself, not only to its question.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest(".errors a");
    var aim = link && document.getElementById(link.hash.slice(1));
    var control = aim && (aim.matches("input, select, textarea") ? aim : aim.querySelector("input:not([type=hidden]), select, textarea"));
    if (control) { event.preventDefault(); aim.scrollIntoView({ block: "center" }); control.focus({ preventScroll: true }); }
  });

  // An address to copy is selected whole.
  document.addEventListener("focusin", function (event) { if (event.target.matches("[data-select]")) { event.target.select(); } });

  var form = document.querySelector("form[data-save]");
  if (!form) { return; }

  // Keys 1 to 9 choose the answer at that place in the focused question.
  form.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) { return; }
    if (event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) { return; }
    var group = event.target.closest(".question");
    var choice = group && group.querySelectorAll(".answers input")[Number(event.key) - 1];
    if (choice) { event.preventDefault(); choice.focus(); choice.click(); }
  });

  function alone(box) { return box.hasAttribute("data-alone") || box.closest(".answer--aside"); }

  // An exclusive answer ("none of these", "I don't know") empties the rest, and the rest empties it.
  form.addEventListener("change", function (event) {
    var box = event.target;
    if (box.type !== "checkbox" || !box.checked || !box.closest(".answers")) { return; }
    box.closest(".answers").querySelectorAll("input[type=checkbox]").forEach(function (other) {
      if (other !== box && (alone(box) || alone(other))) { other.checked = false; }
    });
  });

  // Typing a number takes back "I don't know"; ticking it leaves the number, which the server asks about.
  form.addEventListener("input", function (event) {
    var row = event.target.closest(".number-row");
    if (row && event.target.type !== "checkbox" && event.target.value) {
      row.querySelectorAll("input[type=checkbox]").forEach(function (box) { box.checked = false; });
    }
  });

  function answered(question) {
    return Array.prototype.some.call(question.querySelectorAll("input:not([type=hidden]), select, textarea"), function (field) {
      return field.type === "radio" || field.type === "checkbox" ? field.checked : field.value.trim() !== "";
    });
  }
  var bar = document.querySelector("[data-progress] .progress__text");
  var live = bar && bar.parentNode.insertBefore(document.createElement("p"), bar.nextSibling);
  if (live) { live.className = "progress__live caption"; }
  function progress() {
    if (!live) { return; }
    var questions = Array.prototype.slice.call(form.querySelectorAll(".question"));
    live.textContent = questions.filter(answered).length + " of " + questions.length + " answered on this page";
  }
  progress();

  // One save at a time; what changes meanwhile is saved by the next. A failed save says nothing: Continue saves again.
  var timer = 0, saving = false, stale = false, leaving = false;
  function save() {
    if (leaving) { return; }
    if (saving) { stale = true; return; }
    saving = true;
    stale = false;
    fetch(form.dataset.save, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-Requested-With": "fetch" } })
      .then(function (reply) { return reply.ok && /json/.test(reply.headers.get("Content-Type") || "") ? reply.json() : {}; })
      .then(function (told) {
        // What the page has seen moves on with each save; the reply names the hidden field.
        Object.keys(told).forEach(function (name) {
          var field = form.elements.namedItem(name);
          if (field && field.type === "hidden") { field.value = told[name]; }
        });
      })
      .catch(function () {})
      .then(function () { saving = false; if (stale) { save(); } });
  }
  form.addEventListener("input", function () { progress(); clearTimeout(timer); timer = setTimeout(save, 700); });
  form.addEventListener("change", progress);
  form.addEventListener("submit", function (event) {
    // A save still under way would make this page's revision stale: wait for it, then send.
    if (saving && !leaving) {
      event.preventDefault();
      var button = event.submitter;
      var tries = 0;
      var wait = setInterval(function () {
        tries += 1;
        if (!saving || tries > 100) { clearInterval(wait); if (form.requestSubmit) { form.requestSubmit(button); } else { form.submit(); } }
      }, 30);
    }
    leaving = true;
    clearTimeout(timer);
  });
  window.addEventListener("pageshow", function () { leaving = false; });
})();
