// Staff pages: instant feedback for buttons and switches. Everything works without this script.
"use strict";
(() => {
  /** Emptied first: a live region doesn't repeat text it already has. */
  const say = words => {
    const region = document.getElementById("spoken-here");
    region.textContent = "";
    setTimeout(() => { region.textContent = words; }, 50);
  };

  // Copy buttons: the value beside them. Hidden without JavaScript.
  const valueOf = button => button.closest(".copy").querySelector("code");
  const reveal = part => part.querySelectorAll("[data-copied]").forEach(button => {
    button.hidden = false;
    // Name each button after its value, unless the value is long.
    const what = valueOf(button).textContent;
    if (what.length < 60) button.setAttribute("aria-label", `${button.textContent} ${what}`);
  });
  const copy = async button => {
    const value = valueOf(button);
    getSelection().selectAllChildren(value);
    try {
      await navigator.clipboard.writeText(value.innerText);
    } catch { // not allowed, or no https: copy the selection instead
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

  // Switches: change immediately, and revert on an error or a timeout.
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
  // The response may be another page: an export confirmation, or sign-in.
  document.addEventListener("htmx:beforeSwap", event => {
    const { isError, xhr } = event.detail;
    if (!rowOf(event) || isError) return;
    if (new URL(xhr.responseURL).pathname === location.pathname) {
      // Keep focus on the switch; messages are announced.
      event.detail.serverResponse = xhr.response.replaceAll(" autofocus", "");
      return;
    }
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  document.addEventListener("htmx:afterSwap", event => {
    const message = document.getElementById("notices").innerText.trim();
    if (rowOf(event) && message) say(message);
  });
  // After Back, the browser may restore the page with a busy switch.
  addEventListener("pageshow", event => {
    if (event.persisted) document.querySelectorAll(".switch-row[aria-busy]").forEach(row => takeBack(row));
  });

  // Warn before leaving a page with unsaved input.
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
