// The answer page, as a telephone of any age shows it: pressed with and
// without script, read large, worked by keyboard, looked at by axe.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, larger, open, PHONE, picture, visit, walk } from "./chromium.mjs";
import { Town } from "./town.mjs";

const QUAKE = { kind: "earthquake", intensity: "5-" };
const INCIDENT = { kind: "security-incident", systems: [19] };
const LARGEST = 15 * 1024;

let town, browser;
/** One link for each face of the page. */
const faces = {};

before(async () => {
  browser = await open();
  // Here a button counts at once; the doubtful answer has a town of its own.
  town = await Town.start({ rules: (text) => text.replace("doubt_seconds = 5", "doubt_seconds = 0") });
  const quake = await town.tell(QUAKE);
  faces.call = await town.link("it-1", quake);
  faces.recorded = await town.link("general-affairs-1", quake);
  await town.press(faces.recorded, { answer: "coming", eta_minutes: "60", note: "家族と避難してから行きます" });
  const incident = await town.tell({ ...INCIDENT, effect: "residents" });
  await town.api(`call-outs/${incident}/request-help`, { vendors: ["maintainer"], note: "選挙システムの確認" });
  faces.vendor = await town.link("maintainer-desk", incident);
  const undecided = await town.tell({ ...INCIDENT, effect: "work-hindered" });
  faces.decision = await town.link("it-manager", undecided);
  const small = await town.tell({ ...INCIDENT, effect: "small" });
  faces.informed = await town.link("it-2", small);
  const drill = (await town.api("drills", { name: "earthquake-5-lower", force: true, reason: "並行の確認" })).call_out;
  faces.drill = await town.link("it-1", drill);
  const over = await town.tell({ kind: "threat", like: "P3", threat: "噴火" });
  faces.over = await town.link("construction-1", over);
  await town.api(`call-outs/${over}/stand-down`, { reason: "被害なし" });
  faces.gone = `${town.url}/a/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;
});

after(async () => {
  await browser?.close();
  await town?.stop();
});

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole("button", { name }).click()]);
const status = (page) => page.getByRole("status").innerText();

for (const [javaScriptEnabled, how] of [[true, "with script"], [false, "without script"]]) {
  test(`a telephone ${how}: coming, then arrived, then cannot, with a reason`, async () => {
    const link = await town.link("planning-1", await town.tell({ ...QUAKE, key: how }));
    const page = await visit(browser, link, { ...PHONE, javaScriptEnabled });
    await page.getByText("ひとこと添える").click();
    await page.getByRole("textbox", { name: "ひとこと添える" }).fill("国道は<b>通行止め</b> 🚧");
    await press(page, "30分以内");
    assert.match(await status(page), /参集できる[^]*30分以内[^]*国道は<b>通行止め<\/b> 🚧/);
    await press(page, /^到着した/);
    assert.match(await status(page), /到着した/);
    await page.getByRole("textbox", { name: "理由" }).fill("橋が渡れません");
    await press(page, /^参集できない/);
    const said = await status(page);
    assert.match(said, /参集できない[^]*橋が渡れません[^]*\d{2}:\d{2}/);
    await page.reload();
    assert.equal(await status(page), said, "the page shows it again whenever it is opened");
    assert.deepEqual(page.problems, []);
    await picture(page, `answered ${how}`);
  });
}

test("an answer within seconds of the sending is doubtful until one button is pressed", async (context) => {
  const usual = await Town.start();
  try {
    const id = await usual.tell(QUAKE);
    const link = await usual.link("it-1", id);
    await usual.press(link, { answer: "coming", eta_minutes: "60" });
    const page = await visit(browser, link, PHONE);
    assert.equal((await usual.api(`call-outs/${id}`)).counts.coming, 0);
    await picture(page, "face doubtful");
    await fits(page);
    await accessible(page, context);
    const confirming = page.locator("form.warn").getByRole("button");
    assert.equal(await confirming.count(), 1);
    // Pressed too early it is doubted again, and stays.
    while (await confirming.isVisible()) await Promise.all([page.waitForNavigation(), confirming.click()]);
    assert.match(await status(page), /参集できる[^]*1時間以内/);
    assert.equal((await usual.api(`call-outs/${id}`)).counts.coming, 1);
  } finally {
    await usual.stop();
  }
});

for (const [javaScriptEnabled, how] of [[true, "with script"], [false, "without script"]]) {
  test(`a decision ${how}: pressed, asked about, gone back from, pressed again`, async (context) => {
    const id = await town.tell({ ...INCIDENT, effect: "work-hindered", key: `decided ${how}` });
    const link = await town.link("it-manager", id);
    const page = await visit(browser, link, { ...PHONE, javaScriptEnabled });
    await press(page, /^集まる/);
    assert.equal(await page.locator("main button").count(), 1);
    assert.match(await page.locator("form.warn").innerText(), /本当に[^]*Really[^]*まだ何も決まっていません/);
    assert.ok((await page.content()).length < LARGEST);
    const button = await page.locator("main button").boundingBox();
    assert.ok(button.y + button.height <= 667, "it is asked on the first screen");
    await fits(page);
    if (javaScriptEnabled) await accessible(page, context);
    await picture(page, `face asked about ${how}`);
    await Promise.all([page.waitForNavigation(), page.getByRole("link", { name: /^戻る/ }).click()]);
    assert.equal((await town.api(`call-outs/${id}`)).state, "awaiting_decision");
    await press(page, /^集まる/);
    await press(page, /^はい、招集する/);
    assert.match(await status(page), /「集まる」と判断しました/);
    assert.equal((await town.api(`call-outs/${id}`)).state, "open");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

test("every face is below 15 KB, fits 320 px, and letters of twice the size", async (context) => {
  for (const [name, link] of Object.entries(faces)) {
    const size = (await (await fetch(link)).arrayBuffer()).byteLength;
    assert.ok(size < LARGEST, `${name}: ${size} bytes`);
    const page = await visit(browser, link, PHONE);
    await fits(page);
    await picture(page, `face ${name}`);
    await larger(page);
    await fits(page);
    const small = await page.locator("dd, p, label, summary, button, textarea").evaluateAll((all) =>
      all.filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < 26).map((one) => one.outerHTML),
    );
    assert.deepEqual(small, [], `${name}: letters that do not grow`);
    await picture(page, `face ${name}, letters twice the size`);
    context.diagnostic(`${name}: ${size} bytes`);
    await page.context().close();
  }
});

test("whoever has yet to answer finds the buttons on the first screen of a telephone", async () => {
  // Who decides reads first what about.
  for (const [name, height] of [["call", 667], ["drill", 812], ["decision", 812]]) {
    const page = await visit(browser, faces[name], { ...PHONE, viewport: { width: 375, height } });
    const first = await page.locator("main button").first().boundingBox();
    assert.ok(first.y + first.height <= height, `${name}: the first button ends at ${first.y + first.height}`);
    await page.context().close();
  }
});

test("buttons are large enough for a thumb", async () => {
  for (const [name, link] of Object.entries(faces)) {
    const page = await visit(browser, link, PHONE);
    // What is folded away is as large once it is unfolded.
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    for (const button of await page.locator("main button").all()) {
      const { width, height } = (await button.boundingBox()) ?? { width: 48, height: 48 };
      assert.ok(width >= 48 && height >= 48, `${name}: ${await button.innerText()} is ${width} by ${height}`);
    }
    await page.context().close();
  }
});

test("axe finds nothing serious on any face: light in Japanese, dark in English", async (context) => {
  for (const [name, link] of Object.entries(faces)) {
    for (const [colorScheme, lang] of [["light", "ja"], ["dark", "en"]]) {
      const page = await visit(browser, `${link}?lang=${lang}`, { ...PHONE, colorScheme });
      assert.equal(await page.locator("html").getAttribute("lang"), lang);
      await accessible(page, context);
      if (colorScheme === "dark") await picture(page, `face ${name}, dark, English`);
      await page.context().close();
    }
  }
});

test("by keyboard alone: down the page in order, each stop seen, answered with a note", async () => {
  for (const [name, link] of Object.entries(faces)) {
    const page = await visit(browser, link, PHONE);
    const stops = await walk(page);
    for (const [at, stop] of stops.entries()) {
      assert.ok(stop.ring, `${name}: one does not see that ${stop.name} has the focus`);
      const before = stops[at - 1];
      const below = !before || stop.top >= before.top + before.height - 1 || stop.left > before.left;
      assert.ok(below, `${name}: ${stop.name} comes after ${before?.name}`);
    }
    await page.context().close();
  }
  const link = await town.link("planning-2", await town.tell({ kind: "earthquake", intensity: "6-", key: "keys" }));
  const page = await visit(browser, link, PHONE);
  const to = async (name) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press("Tab");
      const words = await page.evaluate(() => document.activeElement.innerText ?? "");
      if (words.startsWith(name)) return;
    }
    assert.fail(`the keyboard does not lead to ${name}`);
  };
  await to("ひとこと添える");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("徒歩で向かいます");
  for (const name of ["それ以上", "2時間以内"]) {
    await page.keyboard.press("Shift+Tab");
    if (name === "それ以上") await page.keyboard.press("Shift+Tab");
    assert.equal(await page.evaluate(() => document.activeElement.innerText), name);
  }
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(await status(page), /2時間以内[^]*徒歩で向かいます/);
});
