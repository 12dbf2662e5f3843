/* Only adds: buttons that move a recommendation up or down, and the numbers of the places with them. No page needs it. */
(function () {
  "use strict";
  var list = document.querySelector("[data-order]");
  if (!list) { return; }
  var own = document.getElementById("place-.own");

  function rows() { return Array.prototype.slice.call(list.children); }
  function box(row) { return row.querySelector("input[type=checkbox]"); }
  function place(row) { return row.querySelector(".order-place input"); }

  // What is ticked is numbered in the order it stands; the own recommendation keeps its place free.
  function renumber() {
    var kept = own && /^[0-9]+$/.test(own.value) ? Number(own.value) : 0;
    var next = 1;
    rows().forEach(function (row) {
      if (next === kept) { next += 1; }
      place(row).value = box(row).checked ? String(next) : "";
      if (box(row).checked) { next += 1; }
    });
  }

  function move(row, up) {
    var other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) { return; }
    list.insertBefore(up ? row : other, up ? other : row);
    box(row).checked = true;
    renumber();
  }

  function button(row, words, up) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "order-move";
    made.setAttribute("aria-label", words + ": " + row.querySelector("b").textContent);
    made.textContent = up ? "↑" : "↓";
    made.addEventListener("click", function () { move(row, up); made.focus(); });
    return made;
  }

  rows().forEach(function (row) {
    var pair = document.createElement("span");
    pair.className = "order-moves";
    pair.appendChild(button(row, "Move up", true));
    pair.appendChild(button(row, "Move down", false));
    row.querySelector(".order-place").appendChild(pair);
    box(row).addEventListener("change", renumber);
  });
}());
