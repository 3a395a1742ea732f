"""A portal: serves pages on 127.0.0.1 that speak to RD services as portals in the field do."""
import http.server
import threading

JQUERY = "/usr/share/javascript/jquery/jquery.min.js"

# Runs in every page. A probe has the time limit of the strictest tester in the field.
CALLS = """
const options = '<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="0" pidVer="2.0" timeout="20000" env="P"/></PidOptions>';
async function call(method, url, more = {}) {
  try {
    const response = await fetch(url, { method, headers: { 'Content-Type': 'text/xml; charset=utf-8' }, ...more });
    return { status: response.status, type: response.headers.get('Content-Type'), text: await response.text() };
  } catch (error) {
    return { status: 0, type: error.name, text: '' };
  }
}
async function probe(first) {
  const found = [], late = [], jobs = [];
  for (const scheme of ['http', 'https'])
    for (let port = first; port <= first + 20; port++) jobs.push(`${scheme}://127.0.0.1:${port}/`);
  const start = performance.now();
  async function worker() {
    for (let url = jobs.shift(); url; url = jobs.shift()) {
      const answer = await call('RDSERVICE', url, { signal: AbortSignal.timeout(2500) });
      if (answer.type === 'TimeoutError') late.push(url);
      const status = /<RDService status="([A-Z]+)"/.exec(answer.text);
      if (status) found.push(`${url} ${status[1]}`);
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker));
  return { found, late, milliseconds: Math.round(performance.now() - start) };
}
"""

# The two families of pages, and the way that works with both.
FAMILIES = """
function ask(method, url, read, more = {}) {
  return new Promise((resolve) => {
    $.ajax({ type: method, url, crossDomain: true, contentType: 'text/xml; charset=utf-8', processData: false, ...more,
      success: (data) => { try { resolve(read(data)); } catch (error) { resolve(error.name); } },
      error: (request, status) => resolve(status) });
  });
}
const found = (document) => {
  if (!document) return 'not found';
  const root = $(document).find('RDService');
  return [root.attr('status'), root.find('Interface').eq(0).attr('path'), root.find('Interface').eq(1).attr('path')].join(' ');
};
const families = {
  string: (url) => ask('RDSERVICE', url, (data) => found($.parseXML(data))),
  document: (url) => ask('RDSERVICE', url, (data) => found($.parseXML(new XMLSerializer().serializeToString(data)))),
  asksForXML: (url) => ask('RDSERVICE', url, (data) => found(data), { dataType: 'xml' }),
};
const captures = {
  string: (url) => ask('CAPTURE', url, (data) => $($.parseXML(data)).find('Resp').attr('errCode'), { data: options }),
  document: (url) => ask('CAPTURE', url, (data) => $(data).find('Resp').attr('errCode'), { data: options }),
};
"""

PAGES = {
    "/": f"<!doctype html><title>portal</title><body><script>{CALLS}</script>",
    "/jquery": f"<!doctype html><title>portal</title><body><script src=/jquery.js></script>"
               f"<script>{CALLS}{FAMILIES}</script>",
}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = "text/html; charset=utf-8"
        if self.path == "/jquery.js":
            with open(JQUERY, "rb") as file:
                body, kind = file.read(), "text/javascript"
        else:
            body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
