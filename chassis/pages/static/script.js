// Pages work without this. It makes them quicker: filters that answer at once, one click that sends a form once,
// and the eye and the screen reader brought to what needs attention.
"use strict";

document.querySelectorAll("form[data-at-once]").forEach((form) => {
  form.classList.add("is-at-once");
  form.addEventListener("change", () => form.requestSubmit());
});

document.querySelectorAll("form[method=post]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
});

// Who comes back by the browser's own button may send again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

document.querySelectorAll("button[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

const attention = document.querySelector("[data-focus]");
if (attention) attention.focus();

// Leaving a form with something typed in it is asked once.
let changed = false;
document.querySelectorAll("form[data-guard]").forEach((form) => {
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
});
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
