// What is printed and handed on: call lists and reports. They open in any
// browser by themselves, read with a screen reader, and lie on A4.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, fits, open, picture, PICTURES, visit } from "./chromium.mjs";
import { Town } from "./town.mjs";

let town, browser, papers;

before(async () => {
  browser = await open();
  town = await Town.start({ rules: (text) => text.replace("doubt_seconds = 5", "doubt_seconds = 0") });
  const quake = await town.tell({ kind: "earthquake", intensity: "5-", headline: "<b>庁舎</b>に被害 & 余震 🌋" });
  await town.press(await town.link("it-1", quake), { answer: "coming", eta_minutes: "30" });
  await town.press(await town.link("construction-1", quake), { answer: "cannot", note: "長い".repeat(200) });
  const drill = (await town.api("drills", { name: "contact" })).call_out;
  papers = {
    "call list": `call-outs/${quake}/call-list?format=html`,
    "drill's call list": `call-outs/${drill}/call-list?format=html`,
    "roster's call list": "roster/call-list?format=html",
    report: `call-outs/${quake}/report?format=html`,
    "drill's report": "drills/contact/report?format=html",
  };
});

after(async () => {
  await browser?.close();
  await town?.stop();
});

const read = (path) =>
  visit(browser, `${town.url}/api/v1/${path}`, { extraHTTPHeaders: { authorization: `Bearer ${town.token}` } });

test("axe finds nothing serious, and nothing is asked of anybody else", async (context) => {
  for (const [name, path] of Object.entries(papers)) {
    const page = await read(path);
    await accessible(page, context);
    assert.deepEqual(page.problems, []);
    await picture(page, name);
    await page.context().close();
  }
});

test("every sheet is A4, and nothing is wider than the paper", async (context) => {
  for (const [name, path] of Object.entries(papers)) {
    const page = await read(path);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    await writeFile(join(PICTURES, `${name}.pdf`), pdf);
    const sheets = [...pdf.toString("latin1").matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
    assert.ok(sheets.length > 0);
    for (const [, width, height] of sheets) assert.deepEqual([Math.round(width), Math.round(height)], [595, 842]);
    context.diagnostic(`${name}: ${sheets.length} sheets`);
    // The width of the paper between its margins.
    await page.setViewportSize({ width: 703, height: 1000 });
    await page.emulateMedia({ media: "print" });
    await fits(page);
    await page.context().close();
  }
});
