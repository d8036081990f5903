// Shows placeholders as chips. The field behind is what is submitted, and works alone without this script.
// if this script can't run.
"use strict";
(() => {
  const TOKEN = /\{\{[ \t]*([A-Za-z]\w*)[ \t]*(?:\|[ \t]*default:[ \t]*"([^"{}\r\n]*)"[ \t]*)?\}\}/g;
  const serialize = node => node.data ?? node.dataset?.token
    ?? (node.nodeName === "BR" ? "\n" : [...node.childNodes].map(serialize).join(""));

  document.querySelectorAll("[data-chips] :is([type=text], textarea)").forEach(field => {
    const editor = document.createElement("div");
    try {
      editor.contentEditable = "plaintext-only";
    } catch {
      return;
    }
    const root = field.closest("[data-chips]");
    const buttons = [...root.querySelectorAll(`[data-into=${field.id}]`)];
    const isLine = field.type === "text";
    let cursor;

    const parsed = text => {
      const fragment = new DocumentFragment();
      let end = 0;
      for (const { 0: token, 1: name, 2: fallback, index } of text.matchAll(TOKEN)) {
        const label = buttons.find(button => button.dataset.name === name)?.textContent;
        if (!label) continue;
        const chip = document.createElement("span");
        chip.className = "chip";
        chip.contentEditable = false;
        chip.dataset.token = token;
        chip.textContent = fallback ? root.dataset.chips.replace("…", label).replace("…", () => fallback) : label;
        fragment.append(text.slice(end, index), chip);
        end = index + token.length;
      }
      fragment.append(text.slice(end));
      return fragment;
    };
    const draw = () => editor.replaceChildren(parsed(field.value));
    const sync = () => {
      field.value = serialize(editor);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const insert = text => {
      const range = cursor;
      range.deleteContents();
      const [before, after] = [range.cloneRange(), range.cloneRange()];
      before.setStart(editor, 0);
      after.setEnd(editor, editor.childNodes.length);
      range.insertNode(parsed(text(`${before}`, `${after}`)));
      range.collapse();
      editor.focus();
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      sync();
    };
    const on = (kind, act) => editor.addEventListener(kind, act);
    const copy = event => {
      event.preventDefault();
      event.clipboardData.setData("text/plain", serialize(getSelection().getRangeAt(0).cloneContents()));
      if (event.type === "cut") document.execCommand("delete");
    };
    on("input", sync);
    on("blur", () => { if (editor.textContent.includes("}}")) draw(); });
    on("keydown", event => { if (isLine && event.key === "Enter") event.preventDefault(); });
    on("copy", copy);
    on("cut", copy);
    on("paste", event => {
      event.preventDefault();
      const text = event.clipboardData.getData("text/plain");
      insert(() => isLine ? text.replace(/\s+/g, " ") : text.replace(/\r/g, ""));
    });
    document.addEventListener("selectionchange", () => {
      const selection = getSelection();
      if (editor.contains(selection.anchorNode)) cursor = selection.getRangeAt(0).cloneRange();
    });
    buttons.forEach(button => button.addEventListener("click", event => {
      const { token } = button.dataset;
      if (!token || !editor.contains(cursor?.startContainer)) return;
      event.preventDefault();
      insert((before, after) => (/\S$/.test(before) ? " " : "") + token + (/^[\p{L}\p{N}]/u.test(after) ? " " : ""));
    }));
    editor.className = "chip-editor";
    editor.role = "textbox";
    editor.ariaMultiLine = !isLine;
    for (const name of ["aria-describedby", "aria-invalid"]) editor.setAttribute(name, field.getAttribute(name) || "");
    const [label] = field.labels;
    label.id = `${field.id}_label`;
    label.onclick = () => editor.focus();
    editor.setAttribute("aria-labelledby", label.id);
    editor.id = field.id;
    field.id += "_sent";
    field.hidden = true;
    field.after(editor);
    draw();
    if (field.autofocus) editor.focus();
  });
})();
