// Opens the report in the reader's language. The switch itself is CSS: without this script the report opens in English.
(function () {
  var radios = document.querySelectorAll("input[name=language]");
  function speak(radio) { document.documentElement.lang = radio.value; }
  var wanted = (location.hash.match(/^#(en|ja)$/) || [])[1] || (navigator.language || "en").slice(0, 2);
  radios.forEach(function (radio) {
    if (radio.value === wanted) { radio.checked = true; }
    if (radio.checked) { speak(radio); }
    radio.addEventListener("change", function () { speak(radio); });
  });
})();
