// The page of the loopback door: it asks the service as a portal would, and follows the events of its own captures.
"use strict";

const texts = {
  en: {
    skip: "Skip to the test capture", tagline: "Fingerprint service of this computer", captureTitle: "Test capture",
    start: "Capture a finger", cancel: "Cancel", timeLimit: "Time limit",
    private: "The fingerprint is sealed inside the service. This page sees what any portal sees, and keeps none of it.",
    scannerTitle: "Scanner", identityTitle: "Identity", resultTitle: "Answer", quality: "Quality (0 to 100)",
    points: "Minutiae", took: "Seconds", logTitle: "Requests of this page", copy: "Copy", clear: "Clear",
    logNote: "For a support call. It holds no fingerprint and no sealed data.",
    copied: "Copied.", notCopied: "The browser does not let this page copy; select the text and copy it.",
    idle: "Ready when you are", absent: "Plug in the scanner", gone: "The service does not answer",
    busy: "The scanner is in use", asking: "Asking the service", inLine: "In line, place {0}", granted: "The scanner is yours in a moment",
    "put-finger": "Place your finger on the scanner", "finger-present": "Hold still", captured: "Done, lift your finger",
    "remove-finger": "Take the finger off the scanner", sealing: "Sealing", stopping: "The capture is being stopped",
    "try-again": "Not read: lift your finger and place it again", "press-longer": "Press a little harder, and keep the finger there",
    "center-finger": "Place the middle of your finger on the scanner",
    ok: "Captured", failed: "Not captured", cancelled: "Cancelled", left: "{0} s left",
    states: { ready: "Ready", capturing: "In use", starting: "Starting", absent: "Not attached", cooling: "Too hot", failed: "Out of order", gone: "No answer", unknown: "…" },
    rows: { maker: "Maker", model: "Model", driver: "Driver", place: "Place", reason: "Reason", note: "Note", holder: "In use by", waiting: "Waiting",
      serial: "Serial number", dpId: "Provider", rdsId: "Service", rdsVer: "Version", mi: "Model id", dc: "Device code", mc: "Certificate",
      errCode: "Error code", errInfo: "What happened", fCount: "Fingers", type: "Data type", ci: "UIDAI certificate", ts: "Time",
      skey: "Session key", hmac: "Hmac", data: "Sealed data", size: "Whole answer", outcome: "Outcome", id: "Request id" },
    characters: "{0} characters, encrypted", bytes: "{0} bytes", none: "none", present: "present", nobody: "nobody", test: "test identity: UIDAI does not accept it",
  },
  hi: {
    skip: "परीक्षण पर जाएँ", tagline: "इस कंप्यूटर की फ़िंगरप्रिंट सेवा", captureTitle: "परीक्षण",
    start: "उँगली का निशान लें", cancel: "रद्द करें", timeLimit: "समय सीमा",
    private: "उँगली का निशान सेवा के भीतर ही सील होता है। यह पेज वही देखता है जो कोई भी पोर्टल देखता है, और कुछ भी नहीं रखता।",
    scannerTitle: "स्कैनर", identityTitle: "पहचान", resultTitle: "उत्तर", quality: "गुणवत्ता (0 से 100)",
    points: "बिंदु (मिन्यूशिया)", took: "सेकंड", logTitle: "इस पेज के अनुरोध", copy: "कॉपी करें", clear: "मिटाएँ",
    logNote: "सहायता के लिए। इसमें न उँगली का निशान है, न सील किया हुआ डेटा।",
    copied: "कॉपी हो गया।", notCopied: "ब्राउज़र कॉपी नहीं करने देता; लिखा हुआ चुनकर कॉपी करें।",
    idle: "शुरू करने के लिए तैयार", absent: "स्कैनर लगाएँ", gone: "सेवा उत्तर नहीं दे रही",
    busy: "स्कैनर व्यस्त है", asking: "सेवा से पूछा जा रहा है", inLine: "कतार में, स्थान {0}", granted: "स्कैनर अभी आपका होगा",
    "put-finger": "अपनी उँगली स्कैनर पर रखें", "finger-present": "स्थिर रखें", captured: "हो गया, उँगली उठाएँ",
    "remove-finger": "स्कैनर से उँगली हटाएँ", sealing: "सील हो रहा है", stopping: "परीक्षण रोका जा रहा है",
    "try-again": "पढ़ा नहीं गया: उँगली उठाकर फिर रखें", "press-longer": "थोड़ा ज़ोर से दबाएँ और उँगली रखे रहें",
    "center-finger": "उँगली का बीच का भाग स्कैनर पर रखें",
    ok: "निशान ले लिया गया", failed: "निशान नहीं लिया जा सका", cancelled: "रद्द किया गया", left: "{0} सेकंड शेष",
    states: { ready: "तैयार", capturing: "व्यस्त", starting: "शुरू हो रहा है", absent: "नहीं लगा है", cooling: "बहुत गर्म", failed: "ख़राब", gone: "उत्तर नहीं", unknown: "…" },
    rows: { maker: "निर्माता", model: "मॉडल", driver: "ड्राइवर", place: "स्थान", reason: "कारण", note: "ध्यान दें", holder: "किसके पास", waiting: "प्रतीक्षा में",
      serial: "क्रम संख्या", dpId: "प्रदाता", rdsId: "सेवा", rdsVer: "संस्करण", mi: "मॉडल पहचान", dc: "डिवाइस कोड", mc: "प्रमाणपत्र",
      errCode: "त्रुटि कोड", errInfo: "क्या हुआ", fCount: "उँगलियाँ", type: "डेटा का प्रकार", ci: "UIDAI प्रमाणपत्र", ts: "समय",
      skey: "सत्र कुंजी", hmac: "Hmac", data: "सील किया डेटा", size: "पूरा उत्तर", outcome: "परिणाम", id: "अनुरोध" },
    characters: "{0} अक्षर, एन्क्रिप्टेड", bytes: "{0} बाइट", none: "नहीं", present: "है", nobody: "कोई नहीं", test: "परीक्षण पहचान: UIDAI इसे स्वीकार नहीं करता",
  },
};

const $ = (id) => document.getElementById(id);
const say = (key, ...values) => values.reduce((text, value, index) => text.replace(`{${index}}`, value), texts[language][key]);
// Documents of the service are parsed as XML and never shown as markup.
const policy = self.trustedTypes?.createPolicy("pidd", { createHTML: (text) => text });
const parse = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "application/xml");

let language = remembered() ?? (navigator.languages.some((name) => name.startsWith("hi")) ? "hi" : "en");
let prompt = { mood: "idle", key: "idle", values: [], detail: "" };
let status = null;
let identity = null;
let answer = null;
let running = null;
let deadline = null;

function remembered() {
  try { return { en: "en", hi: "hi" }[localStorage.getItem("language")] ?? null; } catch { return null; }
}

// ---- Showing

function show(mood, key, values = [], detail = "") {
  prompt = { mood, key, values, detail };
  render();
}

function put(id, text) {
  // A live region that is written again with the same words would be read out again.
  if ($(id).textContent !== text) $(id).textContent = text;
}

function list(id, rows) {
  const items = rows.filter(([, value]) => value !== undefined && value !== "").flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = texts[language].rows[name] ?? name;
    description.textContent = value;
    return [term, description];
  });
  $(id).replaceChildren(...items);
}

function render() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  $("glass").dataset.mood = prompt.mood;
  put("prompt", say(prompt.key, ...prompt.values));
  put("detail", prompt.detail);
  $("start").disabled = running !== null;
  $("cancel").disabled = running === null;
  renderStatus();
  renderAnswer();
}

function renderStatus() {
  const scanner = status?.scanners[0];
  const state = status === null ? "unknown" : status === "gone" ? "gone" : scanner?.state ?? "absent";
  $("pill").dataset.state = state;
  put("pill", texts[language].states[state] ?? state);
  const holder = status?.desk?.holder;
  list("scanner", [
    ["maker", scanner?.maker], ["model", scanner?.model], ["driver", scanner?.driver], ["place", scanner?.id],
    ["reason", scanner?.reason], ["holder", holder ? holder.program || `uid ${holder.uid}` : status?.desk ? say("nobody") : undefined],
    ["waiting", status?.desk?.waiting.length ? String(status.desk.waiting.length) : undefined],
  ]);
  list("identity", identity === null ? [] : [
    ["serial", identity.serial || say("none")], ["dpId", identity.dpId || say("none")], ["rdsId", identity.rdsId], ["rdsVer", identity.rdsVer],
    ["mi", identity.mi], ["dc", identity.dc], ["mc", say(identity.mc ? "present" : "none")],
    ["note", identity.dpId.startsWith("TEST.") ? say("test") : undefined],
  ]);
  put("version", status?.version ? `pidd ${status.version}` : "pidd");
  put("place", location.host);
}

function renderAnswer() {
  $("result").hidden = answer === null;
  if (answer === null) return;
  const good = answer.errCode === "0";
  $("quality").hidden = !good;
  if (good) {
    $("score").value = Number(answer.qScore.split(",")[0]);
    put("score-text", answer.qScore);
    put("points", answer.nmPoints);
    put("took", (answer.milliseconds / 1000).toFixed(1));
  }
  list("answer", [
    ["errCode", answer.errCode], ["errInfo", answer.errInfo], ["outcome", answer.outcome], ["id", answer.id],
    ["fCount", good ? answer.fCount : ""], ["serial", answer.serial], ["ts", answer.ts], ["dpId", answer.dpId], ["ci", answer.ci], ["type", answer.type],
    ["skey", answer.skey ? say("characters", answer.skey) : ""], ["hmac", answer.hmac ? say("characters", answer.hmac) : ""],
    ["data", answer.data ? say("characters", answer.data) : ""], ["size", say("bytes", answer.size)],
  ]);
}

// ---- Asking

function log(line) {
  const time = new Date().toISOString().slice(11, 23);
  $("log").append(`${time}  ${line}\n`);
  $("log").scrollTop = $("log").scrollHeight;
}

async function ask(method, path, options = {}) {
  const start = performance.now();
  try {
    const response = await fetch(path, { method, cache: "no-store", ...options });
    const text = await response.text();
    const milliseconds = Math.round(performance.now() - start);
    log(`${method} ${path} -> HTTP ${response.status}, ${text.length} bytes, ${milliseconds} ms`);
    return { response, text, milliseconds };
  } catch (error) {
    log(`${method} ${path} -> ${error.name}, ${Math.round(performance.now() - start)} ms`);
    throw error;
  }
}

async function refresh() {
  try {
    const response = await fetch("/v1/status", { cache: "no-store" });
    status = response.ok ? await response.json() : "gone";
  } catch {
    status = "gone";
  }
  if (running === null && ["idle", "absent", "busy", "gone"].includes(prompt.key)) {
    const state = status === "gone" ? "gone" : status.scanners[0]?.state;
    if (state === "gone") show("bad", "gone");
    else if (state === undefined || state === "absent") show("idle", "absent");
    else if (state === "capturing") show("idle", "busy");
    else show("idle", "idle");
  }
  render();
}

function parameter(document, name) {
  return document.querySelector(`additional_info > Param[name="${name}"]`)?.getAttribute("value") ?? "";
}

async function introduce() {
  try {
    const service = await ask("RDSERVICE", "/");
    const root = parse(service.text).documentElement;
    log(`  RDService status=${root.getAttribute("status")} info=${root.getAttribute("info")}`);
    const info = parse((await ask("DEVICEINFO", "/rd/info")).text);
    const device = info.documentElement;
    identity = Object.fromEntries(["dpId", "rdsId", "rdsVer", "mi", "dc", "mc"].map((name) => [name, device.getAttribute(name) ?? ""]));
    identity.serial = parameter(info, "srno");
  } catch { /* The log has it; the status says that nobody answers. */ }
  render();
}

async function capture() {
  const id = `page-${crypto.randomUUID()}`;
  const timeout = $("timeout").value;
  running = { id, abort: new AbortController() };
  answer = null;
  show("wait", "asking");
  $("cancel").focus();
  const body = `<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="${timeout}" posh="UNKNOWN" env="P"/></PidOptions>`;
  try {
    const { response, text, milliseconds } = await ask("CAPTURE", "/rd/capture", {
      body, signal: running.abort.signal,
      headers: { "Content-Type": "text/xml; charset=utf-8", "Pidd-Request-Id": id, Prefer: "wait=10" },
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    answer = decode(text, milliseconds, response.headers.get("Pidd-Outcome") ?? "", id);
    log(`  Resp errCode=${answer.errCode} errInfo=${answer.errInfo} nmPoints=${answer.nmPoints} qScore=${answer.qScore}`);
    running = null;
    if (answer.errCode === "0") show("done", "ok"); else show("bad", "failed", [], answer.errInfo);
  } catch (error) {
    running = null;
    if (error.name === "AbortError") show("idle", "cancelled"); else show("bad", "failed", [], error.message);
  }
  count(null);
  $("start").focus();
  refresh();
}

/** What an answer says openly; of what is encrypted, the length alone. */
function decode(text, milliseconds, outcome, id) {
  const document = parse(text);
  const read = (selector, name) => document.querySelector(selector)?.getAttribute(name) ?? "";
  const length = (selector) => document.querySelector(selector)?.textContent.length ?? 0;
  const fields = Object.fromEntries(["errCode", "errInfo", "fCount", "nmPoints", "qScore"].map((name) => [name, read("Resp", name)]));
  return {
    ...fields, milliseconds, outcome, id, serial: parameter(document, "srno"), ts: parameter(document, "ts"), dpId: read("DeviceInfo", "dpId"),
    ci: read("Skey", "ci"), type: read("Data", "type"), skey: length("Skey"), hmac: length("Hmac"), data: length("Data"), size: text.length,
  };
}

// ---- Following

function count(milliseconds) {
  deadline = milliseconds === null ? null : { end: performance.now() + milliseconds, whole: milliseconds };
  tick();
}

function tick() {
  const left = deadline === null ? 0 : Math.max(0, deadline.end - performance.now());
  $("ring").setAttribute("stroke-dashoffset", String(deadline === null ? 100 : 100 - (100 * left) / deadline.whole));
  $("seconds").textContent = deadline === null ? "" : say("left", Math.ceil(left / 1000));
}

function happened(event) {
  if (["hello", "device", "lease", "closing"].includes(event.event) || (event.event === "queue" && running === null)) refresh();
  if (running === null || event.request_id !== running.id) return;
  switch (event.event) {
  case "queue": if (event.position) show("wait", "inLine", [event.position]); break;
  case "lease": if (event.state !== "ended") show("wait", event.state === "granted" ? "granted" : "stopping"); break;
  case "put-finger": count(event.timeout_ms); show("finger", "put-finger"); break;
  case "finger-present": show("finger", "finger-present"); break;
  case "remove-finger": show("again", "remove-finger"); break;
  case "retry": show("again", event.hint in texts.en ? event.hint : "try-again"); break;
  case "captured": count(null); show("done", "captured"); break;
  }
}

async function follow() {
  for (;;) {
    try {
      const response = await fetch("/v1/events", { cache: "no-store" });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const lines = (rest + part.value).split("\n");
        rest = lines.pop();
        for (const line of lines) happened(JSON.parse(line));
      }
    } catch { /* The service has gone or restarts; the page asks again. */ }
    await refresh();
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

// ---- Hands

$("start").addEventListener("click", capture);
$("cancel").addEventListener("click", () => running?.abort.abort());
document.addEventListener("keydown", (event) => { if (event.key === "Escape") running?.abort.abort(); });
$("clear").addEventListener("click", () => { $("log").replaceChildren(); put("copied", ""); });
$("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText($("log").textContent);
    put("copied", say("copied"));
  } catch {
    getSelection().selectAllChildren($("log"));
    put("copied", say("notCopied"));
  }
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    language = button.dataset.language;
    try { localStorage.setItem("language", language); } catch { /* Then it holds until the page is closed. */ }
    render();
    tick();
  });
}
setInterval(() => { if (deadline !== null) tick(); }, 200);
render();
introduce();
follow();
