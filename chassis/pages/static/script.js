// Pages work without this. It makes them quicker: filters that answer at once, a form that is sent once however often
// one clicks, and a question before something typed is left behind.
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

document.querySelectorAll("button[data-copy]").forEach((button) => {
  const value = document.getElementById(button.dataset.copy);
  value.addEventListener("focus", () => value.select());
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(value.value);
    document.getElementById("copied").textContent = button.dataset.copied;
    button.firstChild.textContent = button.dataset.copied;
  });
});

// How much more fits, as soon as that is little: told when somebody stops typing for a moment, not at each letter.
const NEARLY_FULL = 0.9;
document.querySelectorAll("textarea[data-most]").forEach((area) => {
  const told = document.getElementById(`${area.id}-count`);
  const tell = () => {
    const length = [...area.value.trim()].length, most = Number(area.dataset.most);
    told.hidden = length < most * NEARLY_FULL;
    told.classList.toggle("field__count--over", length > most);
    told.textContent = length > most ? `${told.dataset.over} ${length - most}` : `${told.dataset.left} ${most - length}`;
  };
  let waiting;
  area.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(tell, 400); });
  tell();
});

// What is shown once is not shown again by a page that the browser kept whole.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-once]")) location.reload();
});

// A button that asks something about what is typed: the answer comes into its part of the page, nothing is loaded anew.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-part]");
  if (!button) return;
  event.preventDefault();
  const part = document.getElementById(button.dataset.part);
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(button.form)), redirect: "error" });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    part.replaceChildren(...found.childNodes);
    part.querySelector("button[data-part]").focus();
    part.removeAttribute("aria-busy");
  } catch {
    button.form.requestSubmit(button); // signed out, or no network: the whole page says it
  }
});

// Leaving a form with something typed in it is asked once.
let changed = false;
document.querySelectorAll("form[data-guard]").forEach((form) => {
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
});
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
