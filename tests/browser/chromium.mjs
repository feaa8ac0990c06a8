// Chromium, and what every page must hold in it.
//
// Owns the browser and the looks at a page: axe, scrolling sideways, the
// keyboard, pictures. It must not know what stands on which page.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PATIENCE, ROOT } from "./town.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where pictures of a run are left; nothing here goes into git. */
export const PICTURES = join(ROOT, "target/browser");
mkdirSync(PICTURES, { recursive: true });

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** Debian's Chromium. Root may start it only without its sandbox. */
export function open() {
  const root = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...QUIET, "--disable-component-update", "--disable-sync", ...(root ? ["--no-sandbox"] : [])],
  });
}

/** A small old telephone. */
export const PHONE = { viewport: { width: 320, height: 568 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: "ja-JP" };
/** A screen of the operations room. */
export const SCREEN = { viewport: { width: 1366, height: 768 }, locale: "ja-JP" };

/** Opens a page in a window of its own. */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ ...SCREEN, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(`error: ${error.message}`));
  page.on("console", (line) => line.type() === "error" && page.problems.push(line.text()));
  page.on("request", (request) => {
    const host = new URL(request.url()).host;
    if (host !== new URL(url).host) page.problems.push(`asks ${host}`);
  });
  await page.goto(url);
  return page;
}

const kept = (name, kind) => join(PICTURES, `${name.replaceAll(/[ ,']+/g, "-")}.${kind}`);

/** A picture of the whole page, for whoever looks at the run. */
export const picture = (page, name) => page.screenshot({ path: kept(name, "png"), fullPage: true });

/** Every sheet is A4, and nothing is wider than the paper; how many sheets. */
export async function onPaper(page, name) {
  const pdf = await page.pdf({ preferCSSPageSize: true });
  writeFileSync(kept(name, "pdf"), pdf);
  const sheets = [...pdf.toString("latin1").matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  assert.ok(sheets.length > 0, `${name}: no sheet`);
  for (const [, width, height] of sheets) assert.deepEqual([Math.round(width), Math.round(height)], [595, 842]);
  // The width between the margins.
  await page.setViewportSize({ width: 703, height: 1000 });
  await page.emulateMedia({ media: "print" });
  await fits(page);
  await picture(page, `${name} on paper`);
  return sheets.length;
}

/** axe finds nothing serious. Lesser findings are said. */
export async function accessible(page, context) {
  const { violations } = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
  const found = violations.map(
    ({ id, impact, help, nodes }) =>
      `${impact} ${id}: ${help}\n` +
      nodes.map(({ html, failureSummary }) => `    ${html}\n      ${failureSummary.replaceAll("\n", " ")}`).join("\n"),
  );
  const grave = (line) => /^(serious|critical)/.test(line);
  for (const line of found.filter((line) => !grave(line))) context.diagnostic(`${page.url()}: ${line.split("\n")[0]}`);
  assert.deepEqual(found.filter(grave), [], `axe on ${page.url()}`);
}

/** Nothing is cut off to the right. */
export async function fits(page) {
  const [wide, width, culprits] = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("body *")].filter(
      (one) => one.getBoundingClientRect().right > width + 1 && !one.closest(".scroll"),
    );
    return [document.documentElement.scrollWidth, width, out.map((one) => one.outerHTML.slice(0, 120))];
  });
  assert.ok(wide <= width, `${page.url()} is ${wide} wide in ${width}: ${culprits.join("\n")}`);
}

/** Letters of twice the size, as a person sets them on their telephone. */
export const larger = (page) => page.evaluate(() => void (document.documentElement.style.fontSize = "200%"));

/** What has the focus: its words, where it stands, and whether one sees it. */
export const focused = (page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const { top, left, width, height } = one.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return {
      name: (one.innerText || one.getAttribute("aria-label") || one.id || one.tagName).trim().split("\n")[0],
      tag: one.tagName.toLowerCase(),
      top: top + window.scrollY,
      left,
      height,
      width,
      ring: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    };
  });

/** Walks a page with the Tab key from its top to its end. */
export async function walk(page) {
  const stops = [];
  for (let steps = 0; steps < 500; steps += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop) break;
    stops.push(stop);
  }
  return stops;
}
