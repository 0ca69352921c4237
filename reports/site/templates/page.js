"use strict";
(() => {
  const find = document.querySelector("[data-find]");
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  function searching() {
    const input = find.querySelector("input");
    const choices = [...find.querySelectorAll("select")];
    const status = find.querySelector("[role=status]");
    const sections = [...document.querySelectorAll(".among")];
    const entries = sections.flatMap((section) => [...section.querySelectorAll("article")]);
    const texts = new Map();
    const textOf = (entry) => {
      if (!texts.has(entry)) {
        const seen = [...entry.querySelectorAll(".over, h2, h3, .quiet, .says")];
        texts.set(entry, `${entry.id} ${seen.map((each) => each.textContent).join(" ")}`.toLowerCase());
      }
      return texts.get(entry);
    };
    const narrow = () => {
      const wanted = words(input.value);
      let left = 0;
      for (const entry of entries) {
        const fits = choices.every((each) => !each.value || entry.dataset[each.dataset.by] === each.value) &&
          wanted.every((word) => textOf(entry).includes(word));
        entry.hidden = !fits;
        left += fits;
      }
      for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
      const all = left === entries.length;
      status.textContent = all ? `${left} ${find.dataset.find}` : `${left} of ${entries.length} ${find.dataset.find}`;
    };
    const clear = () => {
      input.value = "";
      for (const each of choices) each.value = "";
      narrow();
    };
    const arrive = () => {
      let target = null;
      try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
      if (!target) return;
      if (target.closest("[hidden]")) clear();
      for (let each = target.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
      target.scrollIntoView();
    };
    find.hidden = false;
    input.addEventListener("input", narrow);
    for (const each of choices) each.addEventListener("change", narrow);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.focus();
      } else if (event.key === "Escape" && typing && find.contains(typing)) clear();
    });
    addEventListener("hashchange", arrive);
    narrow();
    arrive();
  }

  function copying() {
    for (const button of document.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const target = document.getElementById(button.dataset.copy);
        const label = button.textContent;
        try {
          await navigator.clipboard.writeText(target.textContent);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(target);
          button.textContent = "Selected: press Ctrl+C";
        }
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  }

  function showing() {
    const reveal = (within) => {
      for (const mark of within.querySelectorAll("pre mark:first-of-type")) {
        const box = mark.closest("pre");
        box.scrollTop += mark.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
      }
    };
    for (const each of document.querySelectorAll(".failure")) reveal(each);
    document.addEventListener("toggle", (event) => { if (event.target.open) reveal(event.target); }, true);
  }

  showing();
  if (find) searching();
  copying();
})();
