// A placeholder goes where the cursor stands. Without this file, or before a text was touched, its button sends the form
// and the server puts it at the end.
const touched = new WeakSet();
for (const kind of ["keyup", "pointerup", "input"]) {
  document.addEventListener(kind, (event) => event.isTrusted && touched.add(event.target));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const text = button && document.getElementById(button.dataset.into);
  if (!text || !touched.has(text)) return;
  event.preventDefault();
  const place = text.selectionEnd;
  const around = [text.value.slice(0, place), text.value.slice(place)];
  const before = /\S$/.test(around[0]) ? " " : "";
  const after = /^[\p{L}\p{N}]/u.test(around[1]) ? " " : "";
  text.setRangeText(before + button.dataset.insert + after, place, place, "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
