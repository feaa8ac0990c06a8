// What is printed and handed on: call lists and reports. They open in any
// browser by themselves, read with a screen reader, and lie on A4.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, onPaper, open, picture, visit } from "./chromium.mjs";
import { Town } from "./town.mjs";

let town, browser, papers;

before(async () => {
  browser = await open();
  town = await Town.start({ rules: (text) => text.replace("doubt_seconds = 5", "doubt_seconds = 0") });
  const quake = await town.tell({ kind: "earthquake", intensity: "5-", headline: "<b>庁舎</b>に被害 & 余震 🌋" });
  await town.press(await town.link("it-1", quake), { answer: "coming", eta_minutes: "30" });
  await town.press(await town.link("construction-1", quake), { answer: "cannot", note: "長い".repeat(200) });
  const drill = (await town.api("drills", { name: "contact", force: true, reason: "並行の確認" })).call_out;
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
    context.diagnostic(`${name}: ${await onPaper(page, name)} sheets`);
    await page.context().close();
  }
});
