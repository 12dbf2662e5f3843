/* The workplace: only adds. A table with data-tick-all gets a button that ticks its rows. */
"use strict";
for (const table of document.querySelectorAll("table[data-tick-all]")) {
  const boxes = [...table.querySelectorAll(".sheet__tick input")];
  if (boxes.length < 2) continue;
  const line = document.createElement("p");
  const button = document.createElement("button");
  const count = document.createElement("span");
  line.className = "ticks";
  button.type = "button";
  button.className = "linkbutton tap";
  count.className = "quiet";
  count.setAttribute("aria-live", "polite");
  const say = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    button.textContent = ticked === boxes.length ? "Tick none" : "Tick all on this page";
    count.textContent = ticked ? `${ticked} ticked` : "";
  };
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    say();
  });
  table.addEventListener("change", say);
  line.append(button, " ", count);
  table.before(line);
  say();
}
