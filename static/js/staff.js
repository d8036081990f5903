// Staff pages: what a press shows before the answer is there, and where none comes. Nothing needs it to work.
"use strict";
(() => {
  /** Emptied first: a live region is silent about the words that it has already. */
  const say = words => {
    const region = document.getElementById("spoken-here");
    region.textContent = "";
    setTimeout(() => { region.textContent = words; }, 50);
  };

  // Copy buttons: the value beside them. They are hidden where no script can copy.
  const valueOf = button => button.closest(".copy").querySelector("code");
  const reveal = part => part.querySelectorAll("[data-copied]").forEach(button => {
    button.hidden = false;
    // Of several buttons each is named after its value; a whole message is no name.
    const what = valueOf(button).textContent;
    if (what.length < 60) button.setAttribute("aria-label", `${button.textContent} ${what}`);
  });
  const copy = async button => {
    const value = valueOf(button);
    getSelection().selectAllChildren(value);
    try {
      await navigator.clipboard.writeText(value.innerText);
    } catch { // not allowed, or no https: what is selected, the old way
      if (!document.execCommand("copy")) return;
    }
    const words = button.textContent;
    if (words !== button.dataset.copied) setTimeout(() => { button.textContent = words; }, 2000);
    button.textContent = button.dataset.copied;
    say(`${button.dataset.copied}: ${value.innerText}`);
  };
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-copied]");
    if (button) copy(button);
  });
  document.addEventListener("htmx:load", event => reveal(event.detail.elt));
  reveal(document);

  // Switches: at once, and back where the answer is no or does not come.
  const asked = new WeakMap();
  const rowOf = event => event.detail.elt.closest?.(".switch-row");
  const show = (row, { on, words, look }) => {
    row.querySelector(".switch").setAttribute("aria-checked", on);
    const state = row.querySelector(".switch-state");
    [state.textContent, state.className] = [words, look];
  };
  const press = row => {
    const state = row.querySelector(".switch-state");
    const on = row.querySelector(".switch").getAttribute("aria-checked") === "true";
    asked.set(row, { on, words: state.textContent, look: state.className });
    row.setAttribute("aria-busy", "true");
    show(row, { on: !on, words: row.dataset.saving, look: "switch-state" });
  };
  const takeBack = (row, more = {}) => {
    row.removeAttribute("aria-busy");
    show(row, { ...asked.get(row), ...more });
  };
  const fail = event => {
    const row = rowOf(event);
    if (!row) return;
    takeBack(row, { words: row.dataset.failed, look: "switch-state is-failed" });
    say(`${row.querySelector(".switch-label").textContent}: ${row.dataset.failed}`);
  };
  document.addEventListener("htmx:beforeRequest", event => { if (rowOf(event)) press(rowOf(event)); });
  for (const name of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${name}`, fail);
  // The answer may be another page: the numbers of an export, or a sign-in.
  document.addEventListener("htmx:beforeSwap", event => {
    const { isError, xhr } = event.detail;
    if (!rowOf(event) || isError) return;
    if (new URL(xhr.responseURL).pathname === location.pathname) {
      // The focus stays on the switch; what a message says is spoken.
      event.detail.serverResponse = xhr.response.replaceAll(" autofocus", "");
      return;
    }
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.addEventListener("htmx:afterSwap", event => {
    const told = document.getElementById("told").innerText.trim();
    if (rowOf(event) && told) say(told);
  });
  // Back from there the browser may show the page as it was left.
  addEventListener("pageshow", event => {
    if (event.persisted) document.querySelectorAll(".switch-row[aria-busy]").forEach(row => takeBack(row));
  });

  // What was typed is asked about before the page is left unsaved.
  let isSent;
  document.addEventListener("input", event => {
    const form = event.target.closest("form[data-unsaved]");
    if (form && !event.target.closest("[data-never-saved]")) form.dataset.unsaved = "yes";
  });
  document.addEventListener("submit", event => {
    isSent = event.target.dataset.unsaved && event.submitter?.formTarget !== "_blank";
  });
  addEventListener("beforeunload", event => {
    if (!isSent && document.querySelector("form[data-unsaved=yes]")) event.preventDefault();
  });
  addEventListener("pageshow", () => { isSent = false; });
})();
