// Faults of the page for people who see little, use a keyboard or a reader: [] where there is none.
(() => {
  const faults = [];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  // WCAG 2.2: relative luminance and contrast ratio.
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);

  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !seen(element) || element.closest("noscript, svg, :disabled, .unseen")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const back = ground(element), ratio = contrast(over(parse(style.color), back), back);
    if (ratio < least) faults.push(`contrast ${ratio.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }

  const name = (element) => element.getAttribute("aria-label") || element.alt || element.innerText?.trim() || [...(element.labels ?? [])].map((label) => label.innerText).join("").trim() || element.ariaLabelledByElements?.map((each) => each.innerText).join("");
  for (const element of document.querySelectorAll("a, button, input, select, textarea, summary, img, canvas, section, [role=img], [role=group], svg:not([aria-hidden])"))
    if (seen(element) && !name(element) && !(element.id && document.querySelector(`label[for="${element.id}"]`))) faults.push(`no name: ${element.outerHTML.slice(0, 80)}`);
  for (const element of document.querySelectorAll("[onclick], .stage, pre")) if (element.tabIndex < 0) faults.push(`not by keyboard: ${element.outerHTML.slice(0, 80)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((each, i) => ids.indexOf(each) !== i))) faults.push(`two elements of id ${id}`);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (!document.documentElement.lang || !document.title) faults.push("no language or title");
  return [...new Set(faults)];
})()
