// node receiver.js KIND CHAIN KEY: serve over TLS on a free port of 127.0.0.1 and print the port.
const fs = require("fs");
const https = require("https");

const [kind, chain, key] = process.argv.slice(2);
const effects = new Map();
let total = 0;

function receive(body) {
  const { device, time, seqNumber } = JSON.parse(body);
  if ([device, time, seqNumber].includes(undefined)) throw new Error("no uplink");
  const message = `${device}|${time}|${seqNumber}`;
  const before = effects.get(message) ?? 0;
  if (kind === "broken" || before === 0) {
    effects.set(message, before + 1);
    total += 1;
  }
}

function count(query) {
  const message = ["device", "time", "seqNumber"].map((name) => query.get(name)).join("|");
  return query.has("device") ? effects.get(message) ?? 0 : total;
}

const options = { cert: fs.readFileSync(chain), key: fs.readFileSync(key) };
const server = https.createServer(options, (request, response) => {
  if (request.method === "GET") {
    const query = new URL(request.url, "https://localhost").searchParams;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ count: count(query) }));
    return;
  }
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      receive(Buffer.concat(parts).toString());
      response.statusCode = 204;
    } catch {
      response.statusCode = 400;
    }
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
