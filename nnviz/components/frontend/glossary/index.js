// What a technical term means: pointed at, tapped or reached by keyboard in the page's prose, where it is a link to
// "#term-<slug>"; and all terms in a dialog.
//
// data: {terms: [{name, slug, says, forms: [], picture}]}, a picture being what stands inside an SVG of 120 x 60; or
// {address}, where the list is fetched when the page has come to rest, or when it is asked for before.

import { element, instanceAt } from "../shared/dom.js";
import { placeBeside } from "./placing.js";
import { say } from "../shared/words.js";

const MARK = 'a[href^="#term-"]';
const REST = 3000; // milliseconds until a page has come to rest
const PATIENCE = 250; // milliseconds in which the pointer may travel from a term to what is said of it

/** @typedef {{ name: string, slug: string, says: string, forms: string[], picture: string }} Term */

class Glossary {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.tip = /** @type {HTMLElement} */ (root.querySelector(".tip"));
    this.dialog = /** @type {HTMLDialogElement} */ (root.querySelector("dialog"));
    this.list = /** @type {HTMLElement} */ (root.querySelector("dl"));
    this.search = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.terms = /** @type {Map<string, Term>} */ (new Map());
    this.at = /** @type {Element | null} */ (null); // the link whose term is shown
    this.kept = false; // by a press, so that it stays when the pointer goes
    this.address = "";
    this.coming = /** @type {Promise<void> | undefined} */ (undefined);
    this.leaving = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    root.querySelector(".open")?.addEventListener("click", () => {
      this.dialog.showModal();
      this.fetched();
    });
    this.search.addEventListener("input", () => this.filter());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it
    });
  }

  /** @param {Term[]} terms */
  show(terms) {
    if (this.terms.size) return;
    this.terms = new Map(terms.map((term) => [term.slug, term]));
    this.list.replaceChildren(...terms.map(entry));
  }

  /** @param {string} address */
  comesFrom(address) {
    if (this.address === address) return;
    this.address = address;
    setTimeout(() => this.fetched(), REST);
  }

  /** Resolves when the terms are there, and also when they cannot be had: it is tried again the next time. */
  fetched() {
    const { address } = this;
    if (!address || this.terms.size) return Promise.resolve();
    this.coming ??= fetch(new URL(address, location.origin))
      .then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText)))
      .then((terms) => this.show(terms))
      .catch((error) => console.warn(`The glossary cannot be fetched: ${error.message}`))
      .finally(() => this.coming = undefined);
    return this.coming;
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const line of /** @type {Iterable<HTMLElement>} */ (this.list.children)) {
      line.hidden = !line.textContent?.toLowerCase().includes(wanted);
    }
  }

  listen() {
    this.listening?.abort();
    this.listening = new AbortController();
    const { signal } = this.listening;
    document.addEventListener("pointerover", (event) => this.pointed(event), { signal });
    document.addEventListener("click", (event) => this.pressed(event), { signal, capture: true });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    }, { signal });
    document.addEventListener("focusin", (event) => this.focused(event), { signal });
    document.addEventListener("scroll", () => this.place(), { signal, capture: true, passive: true });
    return () => {
      this.hide();
      this.listening?.abort();
    };
  }

  /** @param {PointerEvent} event */
  pointed(event) {
    if (event.pointerType !== "mouse") return; // a finger's press comes as one
    const link = linkOf(event);
    clearTimeout(this.leaving);
    if (link && link !== this.at) this.open(link, false);
    else if (!link && this.at && !this.kept && !event.composedPath().includes(this.tip)) {
      this.leaving = setTimeout(() => this.hide(), PATIENCE);
    }
  }

  /** @param {MouseEvent} event */
  pressed(event) {
    const link = linkOf(event);
    if (link) {
      event.preventDefault();
      event.stopPropagation();
      this.open(link, true);
    } else if (!event.composedPath().includes(this.tip)) this.hide();
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const link = linkOf(event);
    if (link?.matches(":focus-visible")) this.open(link, true);
    else if (!link) this.hide();
  }

  /**
   * @param {Element} link
   * @param {boolean} keep
   */
  async open(link, keep) {
    this.at = link;
    this.kept = keep;
    await this.fetched();
    if (this.at !== link) return; // left meanwhile
    const term = this.terms.get(decodeURIComponent(link.getAttribute("href") ?? "").slice("#term-".length));
    if (!term) {
      this.at = null;
      return;
    }
    this.tip.replaceChildren(element("strong", {}, term.name), term.says, ...picture(term));
    this.tip.showPopover();
    this.place();
  }

  place() {
    if (!this.at) return;
    const { left, top } = placeBeside(this.at.getBoundingClientRect(), this.tip.getBoundingClientRect(), {
      width: document.documentElement.clientWidth,
      height: innerHeight,
    });
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${top}px`;
  }

  hide() {
    clearTimeout(this.leaving);
    if (!this.at) return;
    this.at = null;
    this.tip.hidePopover();
  }
}

/** @param {Event} event */
function linkOf(event) {
  return event.target instanceof Element ? event.target.closest(MARK) : null;
}

/** @param {Term} term */
function entry(term) {
  const others = term.forms.length
    ? [element("small", {}, ` ${say("also: {forms}", { forms: term.forms.join(", ") })}`)]
    : [];
  return element(
    "div",
    {},
    element("dt", {}, term.name, ...others),
    element("dd", {}, term.says),
    ...picture(term).map((drawn) => element("dd", { class: "picture" }, drawn)),
  );
}

/** @param {Term} term */
function picture(term) {
  if (!term.picture) return [];
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 120 60");
  drawn.setAttribute("aria-hidden", "true");
  drawn.innerHTML = term.picture;
  return [drawn];
}

/** @param {{ parentElement: HTMLElement, data: { terms?: Term[], address?: string } }} mounted */
export default function ({ parentElement, data }) {
  const glossary = instanceAt(parentElement, () => new Glossary(parentElement));
  if (data.address) glossary.comesFrom(data.address);
  else glossary.show(data.terms ?? []);
  return glossary.listen();
}
