"use strict";
(function () {
  var filters = document.getElementById("filters");
  var search = document.getElementById("search");
  var selects = Array.prototype.slice.call(document.querySelectorAll("[data-filter]"));
  var entries = Array.prototype.slice.call(document.querySelectorAll(".entries > li"));
  function apply() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    entries.forEach(function (entry) {
      var fits = words.every(function (word) { return entry.dataset.text.indexOf(word) >= 0; }) &&
        selects.every(function (select) {
          return !select.value || entry.dataset[select.dataset.filter] === select.value;
        });
      entry.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    document.getElementById("shown").textContent = String(shown);
    document.getElementById("none").hidden = shown > 0;
  }
  search.addEventListener("input", apply);
  selects.forEach(function (select) { select.addEventListener("change", apply); });
  filters.hidden = false;
  apply();
})();
