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

  // What was marked belongs to numbers that have changed since.
  function unmark() {
    var summary = document.getElementById("errors");
    if (summary) { summary.remove(); }
    form.querySelectorAll(".question--error").forEach(function (question) {
      question.classList.remove("question--error");
      question.querySelectorAll(".error").forEach(function (line) { line.remove(); });
      question.querySelectorAll("[aria-invalid]").forEach(function (field) { field.removeAttribute("aria-invalid"); });
    });
  }

  var timer = 0, asking = null;
  // A document that the browser itself reads runs no script, and needs no markup from us.
  function ask() {
    var where = address();
    if (asking) { asking.abort(); }
    asking = new XMLHttpRequest();
    asking.open("GET", where);
    asking.responseType = "document";
    asking.setRequestHeader("X-Requested-With", "fetch");
    asking.onload = function () {
      var status = this.status;
      var fresh = this.response && (status === 200 || status === 422) && this.response.getElementById("result");
      var old = document.getElementById("result");
      if (!fresh || !old) { return; }
      old.replaceWith(document.importNode(fresh, true));
      told.textContent = fresh.getAttribute("data-said") || "";
      offerCopy();
      if (status === 200) { unmark(); history.replaceState(null, "", where); }
    };
    asking.send();
  }
  function soon() { clearTimeout(timer); timer = setTimeout(ask, 400); }
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
})();
