// What the demo's pages build their parts with.

export const slot = (name) => document.querySelector(`[data-slot="${name}"]`);

/** An element with properties and children; a property "class" or with a hyphen is an attribute. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class' || key.includes('-')) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** Shows the parts of the page that are for this state. */
export function showWhen(...states) {
  for (const part of document.querySelectorAll('[data-when]')) {
    part.hidden = !states.includes(part.dataset.when);
  }
}

export const fact = (name, value, mono = false) =>
  element('div', {}, element('dt', {}, name), element('dd', { class: mono ? 'mono' : '' }, value ?? '–'));

export const shortened = (id) => (id && id.length > 12 ? `${id.slice(0, 12)}…` : id);

// As logs have it, in every language.
export const clock = (time) => new Date(time).toLocaleTimeString('en-GB');
